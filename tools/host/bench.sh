#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh: `make bench`. Measures avcpu beside the host's KVM, in one boot of the host
# for each mode, and holds the proportions against the goals of tools/host/bench.tab.
# From the environment:
#   MODE    icount: time is instructions executed (QEMU's -icount; figures repeat
#           within 1 %); plain: wall time (within 30 %, on an idle machine);
#           both, the default
#   ROWS    parts of names of rows, as in the table: make bench MODE=icount ROWS='mmio
#           hypercall' takes a minute
# The table is on stdout and, with what it was made of, in build/bench: NAME.txt,
# table.txt, bench.json, bench-MODE.svg. The last line is "N of M goals met"; status 0 if all are.

. "$(dirname "$0")/lib.sh"

out=$BUILD/bench
tab=$HOSTDIR/bench.tab
case ${MODE:=both} in
both)		modes=(icount plain) ;;
icount | plain)	modes=("$MODE") ;;
*)		die "MODE=$MODE: icount, plain or both" ;;
esac

# Virtual time goes on by one nanosecond an instruction and, where all CPUs are idle,
# to the next timer at once. Where the kernel and the module are loaded says how many
# calls from one to the other want a veneer: at the same place each time, figures repeat.
qemu_icount="-icount shift=0,sleep=off"
append_icount=nokaslr

# measure MODE: leaves lines "DEVICE ROW VALUE" in build/bench/MODE.txt
measure() {
	local mode=$1 args=${QEMU_ARGS-} append=${APPEND-} status=0
	if [ "$mode" = icount ]; then
		args="$args $qemu_icount"
		append="$append $append_icount"
	fi
	say "  measuring ($mode) ..."
	RUN="bench-run $mode ${ROWS-}" QEMU_ARGS=$args APPEND=$append TIMEOUT=${TIMEOUT:-3000} \
		"$HOSTDIR/boot.sh" </dev/null >"$out/$mode.txt" 2>"$out/$mode.log" || status=$?
	cp "$BUILD/host/last/console.log" "$out/$mode.console"
	if [ $status != 0 ]; then
		say "  not all of it could be measured (status $status); see ${out#"$TOP"/}/$mode.log:"
		grep -E '^(not ok|avcpu:|# .*:[0-9]+: )' "$out/$mode.log" | sed 's/^/    | /' >&2
	fi
}

mkdir -p "$out"
rm -f "$out"/*
"$HOSTDIR/build.sh" module programs guest
stage initramfs - "$HOSTDIR/initramfs.sh" "$KERNEL"
for mode in "${modes[@]}"; do
	measure "$mode"
done
status=0
awk -v modes="${modes[*]}" -v dir="$out" -v rows="${ROWS-}" -f "$HOSTDIR/bench.awk" "$tab" >"$out/table.txt" || status=$?
for mode in "${modes[@]}"; do
	awk -v mode="$mode" -f "$HOSTDIR/bench-svg.awk" "$out/ratios" >"$out/bench-$mode.svg"
done
cat "$out/table.txt"
exit $status
