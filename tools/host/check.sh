#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh: `make check`. The build without a warning, sparse, then the
# selftests in the host: on two CPUs, on one, and on a CPU with all that QEMU
# has. A warning of the host's kernel is a failure. Prints KTAP as it comes; the
# last line is the sum, "N passed, N failed, N skipped".

. "$(dirname "$0")/lib.sh"

# Seconds for one boot of the host and for one case. KASAN and lockdep make an
# emulated host crawl.
case $KERNEL in
debug)	limit=3600 case_limit=300 ;;
*)	limit=1500 case_limit=60 ;;
esac

passed=0 failed=0 skipped=0
results=$LOGS/check.$KERNEL
mkdir -p "$results"

add() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

# verdict NAME COMMAND...: a case of its own
verdict() {
	local name=$1
	shift
	if "$@"; then
		add 1 0 0
		echo "ok - $name"
	else
		add 0 1 0
		echo "not ok - $name"
	fi
}

# The sum that run.sh ends with, or one failure if it did not get there
add_sum_of() {
	local p f s
	if read -r p f s < <(sed -n -E 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$1" | tail -n 1); then
		add "$p" "$f" "$s"
		return 0
	fi
	return 1
}

# add_verdicts_of OUTPUT: those that check-run gives after run.sh
add_verdicts_of() {
	add "$(grep -c '^ok - ' "$1" || :)" "$(grep -c '^not ok - ' "$1" || :)" 0
}

quiet_kernel() { ! kernel_trouble "$1.dmesg" "$1.console"; }

# host_run NAME OPTION...: the selftests in one boot of the host, whose CPU and
# SMP are set around it
host_run() {
	local name=$1 out=$results/${1// /-} status=0
	shift
	echo "# selftests on $KERNEL, $name"
	RUN="check-run --timeout $case_limit $*" TIMEOUT=${TIMEOUT:-$limit} "$HOSTDIR/boot.sh" </dev/null | tee "$out.ktap" || status=$?
	cp "$BUILD/host/last/console.log" "$out.console"
	cp "$BUILD/host/last/dmesg" "$out.dmesg" 2>/dev/null || rm -f "$out.dmesg"
	verdict "$name: selftests ran to their end" add_sum_of "$out.ktap"
	add_verdicts_of "$out.ktap"
	verdict "$name: the host's kernel has nothing to complain of" quiet_kernel "$out"
	[ $status = 0 ] || echo "# status $status; the logs are ${out#"$TOP"/}.*"
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}

# build.sh ends the whole check if something does not build
"$HOSTDIR/build.sh" module programs guest || {
	add 0 1 0
	echo "not ok - it builds without a warning"
	finish
	exit
}
add 1 0 0
echo "ok - it builds without a warning"
verdict "sparse has nothing to say" "$HOSTDIR/build.sh" sparse
stage initramfs - "$HOSTDIR/initramfs.sh" "$KERNEL"
SMP=2 host_run "2 CPUs"
SMP=1 host_run "1 CPU" --quick
CPU=max SMP=2 host_run "cpu max" --quick
finish
