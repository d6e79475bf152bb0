#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# boot.sh: boots the host kernel KERNEL under QEMU, runs RUN in it as root and
# exits with its status. All that it needs is there already (host.sh sees to
# that). From the environment:
#   RUN         the command, for sh -c; without it an interactive shell
#   SHARE       a directory to be seen read-write at /mnt
#   LOAD        no: do not insert avcpu.ko; MODARGS: its parameters
#   DISK        an image that the host has as a virtio disk with the serial number
#               avcpu-guest; what is written to it is forgotten
#   CPU SMP MEM QEMU_ARGS APPEND TIMEOUT (seconds, 0: none)
#   QEMU        the emulator, if not the machine's own
# Left in build/host/last: dmesg, console.log, the command's status.
# Statuses of our own: 124 timeout, 125 the host died or never came up.

. "$(dirname "$0")/lib.sh"

QEMU=${QEMU:-qemu-system-aarch64}
CPU=${CPU:-neoverse-n1}
SMP=${SMP:-2}
MEM=${MEM:-2G}
TIMEOUT=${TIMEOUT:-0}
RUN=${RUN-}
SHARE=${SHARE-}
LOAD=${LOAD:-yes}
kernel=$CACHE/kernels/$KERNEL

mkdir -p "$BUILD/host" "$STAGE"
run=$(mktemp -d "$BUILD/host/run.XXXXXX")
qemu=
helpers=()
saved_tty=

# Every way out passes here: QEMU ends, the terminal is as it was, and what the
# run left is found in build/host/last.
clean_up() {
	trap '' INT TERM HUP
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || :
	stop_children "${helpers[@]}"
	[ -z "$saved_tty" ] || stty "$saved_tty" </dev/tty || :
	rm -rf "$BUILD/host/last"
	mv "$run" "$BUILD/host/last"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# no standard input at all is an empty one
{ true <&0; } 2>/dev/null || exec </dev/null

terminal=no
if [ -t 0 ] && [ -t 1 ]; then
	terminal=yes
	saved_tty=$(stty -g)
	read -r rows columns < <(stty size)
	[ "$rows" != 0 ] || rows=24 columns=80
fi

quote() { printf "%s='%s'\n" "$1" "${2//\'/\'\\\'\'}"; }

write_control() {
	mkdir "$run/control"
	printf '%s\n' "${RUN:-exec sh -l}" >"$run/control/command"
	{
		quote SHARE "$SHARE"
		quote LOAD "$LOAD"
		quote MODARGS "${MODARGS-}"
		quote TERMINAL "$terminal"
		quote TERM "${TERM:-dumb}"
		quote TTY_SIZE "${rows:+rows $rows columns $columns}"
	} >"$run/control/settings"
	if [ "$LOAD" = yes ]; then
		cp "$BUILD/$KERNEL/module/avcpu.ko" "$run/control/"
	fi
}

# share TAG DIR [OPTION]: a 9p share. A comma in an option's value is doubled.
share() {
	args+=(-virtfs "local,id=$1,mount_tag=$1,path=${2//,/,,},security_model=none,multidevs=remap${3-}")
}

# port NAME CHARDEV: a virtio-serial port that init finds by its name
port() {
	args+=(-chardev "$2,id=$1" -device "virtserialport,chardev=$1,name=avcpu.$1")
}

qemu_arguments() {
	local cpu=$CPU
	# QEMU's own pointer authentication is ten times faster than the
	# architected algorithm
	[ "$cpu" != max ] || cpu=max,pauth-impdef=on
	args=(
		-M virt,virtualization=on,gic-version=3
		-cpu "$cpu" -smp "$SMP" -m "$MEM"
		-display none -nodefaults -no-reboot -monitor none -echr 0x1d
		-kernel "$kernel/Image" -initrd "$BUILD/$KERNEL/initramfs"
		-append "console=ttyAMA0 loglevel=5 log_buf_len=4M panic=-1 oops=panic ${APPEND-}"
		-serial "file:${run//,/,,}/console.log"
		-device virtio-serial-pci
	)
	if [ $terminal = yes ]; then
		args+=(-chardev stdio,id=tty,mux=on,signal=off -device virtconsole,chardev=tty)
	else
		port stdin stdio,signal=off
		port stdout file,path=/dev/fd/7
		port stderr file,path=/dev/fd/8
	fi
	# last: init relies on it
	port event file,path=/dev/fd/9
	share control "$run/control"
	share avcpu "$STAGE" ,readonly=on
	share modules "$(readlink -f "$kernel/modules")/.." ,readonly=on
	[ -z "$SHARE" ] || share share "$SHARE"
	[ -z "${DISK-}" ] || args+=(
		-drive "if=none,id=guest,format=raw,snapshot=on,file=${DISK//,/,,}"
		-device virtio-blk-pci,drive=guest,serial=avcpu-guest
	)
	# shellcheck disable=SC2206 # several arguments are wanted
	args+=(${QEMU_ARGS-})
}

# start_qemu: QEMU in the background. Its descriptors are 0 the command's input,
# 1 the terminal or nothing, 7 and 8 the command's output and errors, 9 the
# events, which $events reads. QEMU opens files by name and makes its input
# non-blocking; pipes through cat keep both from the files that we were given.
start_qemu() {
	if [ $terminal = yes ]; then
		exec 6>&1 7>/dev/null 8>/dev/null
	else
		exec 6>/dev/null
		exec 7> >(exec cat)
		helpers_out+=($!)
		exec 8> >(exec cat >&2)
		helpers_out+=($!)
		exec {input}< <(exec cat)
		helpers+=($!)
		exec <&"$input"
	fi
	# Should we be killed without a chance to clean up, QEMU goes, too.
	exec {events}< <(exec setpriv --pdeathsig TERM "$QEMU" "${args[@]}" 9>&1 1>&6 2>"$run/qemu.log")
	qemu=$!
	exec 6>&- 7>&- 8>&-
}

# follow_events: until QEMU ends. Leaves in $status the command's exit status,
# in $failure why there is none.
follow_events() {
	local word rest deadline left=()
	status=
	failure=
	deadline=$((SECONDS + TIMEOUT))
	while :; do
		if [ "$TIMEOUT" != 0 ]; then
			left=(-t $((deadline > SECONDS ? deadline - SECONDS : 1)))
		fi
		read -r "${left[@]}" -u "$events" word rest || {
			[ $? -le 128 ] || { failure=timeout; status=124; }
			return 0
		}
		case $word in
		ready)	stage_line boot "$(cat "$kernel/release") on $CPU, $SMP CPUs, $MEM" "$t0" ;;
		exit)	status=$rest ;;
		fail)	failure=$rest ;;
		esac
	done
}

# what_happened: the host ended without a status. Tell from its console.
what_happened() {
	local console=$run/console.log
	if grep -q -E 'Kernel panic|Internal error|Oops|Unable to handle' "$console" 2>/dev/null; then
		say "avcpu: the host kernel died. From its console:"
		grep -n -m 1 -A 40 -E 'Unable to handle|Internal error|Oops|Kernel panic|BUG:' "$console" |
			cut -c -160 | sed 's/^/    | /' >&2
	elif [ -s "$run/qemu.log" ]; then
		say "avcpu: QEMU ended:"
		sed 's/^/    | /' "$run/qemu.log" >&2
	else
		say "avcpu: the host ended before the command did. The end of its console:"
		tail -n 15 "$console" | sed 's/^/    | /' >&2
	fi
	say "avcpu: see build/host/last/console.log"
}

t0=$(now)
helpers_out=()
write_control
qemu_arguments
start_qemu
follow_events
case $failure in
'')	;;
timeout) say "avcpu: the host was stopped after $TIMEOUT s (TIMEOUT); its console is build/host/last/console.log" ;;
*)	say "avcpu: $failure"
	status=125 ;;
esac
if [ "$status" = 124 ] && [ "$failure" = timeout ]; then
	kill "$qemu" 2>/dev/null || :
fi
wait "$qemu" || :
qemu=
# all that the command wrote has passed through before we end
[ ${#helpers_out[@]} = 0 ] || wait "${helpers_out[@]}" || :
[ ! -e "$run/control/dmesg" ] || mv "$run/control/dmesg" "$run/dmesg"
if [ -z "$status" ]; then
	what_happened
	status=125
fi
echo "$status" >"$run/status"
exit "$status"
