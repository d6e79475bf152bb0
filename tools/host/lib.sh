# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every script of the host in a box shares: where things are, how stages
# are announced, how a failure is told. Sourced, never run.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HOSTDIR=$TOP/tools/host
BUILD=$TOP/build
mkdir -p "$BUILD/cache" "$BUILD/log"
CACHE=$(cd "$BUILD/cache" && pwd -P)	# kernels record absolute paths
STAGE=$BUILD/stage
LOGS=$BUILD/log
KERNEL=${KERNEL:-6.12}

# depmod and friends, which a user's PATH lacks on Debian
PATH=$PATH:/usr/sbin:/sbin

# The prefix of the arm64 compiler: empty where this machine is arm64 itself.
NATIVE_ARCH=$(uname -m)
if [ "$NATIVE_ARCH" = aarch64 ]; then
	CROSS_COMPILE=${CROSS_COMPILE-}
else
	CROSS_COMPILE=${CROSS_COMPILE-aarch64-linux-gnu-}
fi
export PATH KERNEL CROSS_COMPILE

# All that these scripts say goes to stderr: stdout belongs to the command that
# the user runs in the host.
say() { printf '%s\n' "$*" >&2; }
die() { printf 'avcpu: %s\n' "$*" >&2; exit 1; }

# now: microseconds since the epoch; seconds_since T0: "1.2"
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
seconds_since() {
	local tenths=$((($(now) - $1 + 50000) / 100000))
	printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# stage_line NAME WHAT T0: the one line that each stage leaves behind
stage_line() { printf '  %-10s %-46s %6s s\n' "$1" "$2" "$(seconds_since "$3")" >&2; }

# heartbeat NAME LOG: tells every 30 s that a long stage is alive
heartbeat() {
	local t0 pause
	t0=$(now)
	trap 'kill "$pause"; exit 0' TERM
	while :; do
		sleep 30 &
		pause=$!
		wait "$pause"
		say "  $1 ... $(seconds_since "$t0") s: $(tail -n 1 "$2" | cut -c -90)"
	done
}

# stage NAME WHAT COMMAND...: runs a command (a program, so that errexit works
# inside it) with its output in build/log/NAME.log. If WHAT is "-", the
# command's last line of output says what was done.
stage() {
	local name=$1 what=$2 log=$LOGS/$1.log t0 beat rc=0
	shift 2
	t0=$(now)
	: >"$log"
	heartbeat "$name" "$log" </dev/null &
	beat=$!
	"$@" </dev/null >"$log" 2>&1 || rc=$?
	stop_children "$beat"
	if [ $rc != 0 ]; then
		say "  $name failed with status $rc; from ${log#"$TOP"/}:"
		{ grep -E -m 20 -i '(error|undefined)\b' "$log" || :; echo ...; tail -n 12 "$log"; } |
			cut -c -240 | sed 's/^/    | /' >&2
		exit 1
	fi
	[ "$what" != - ] || what=$(tail -n 1 "$log")
	stage_line "$name" "$what" "$t0"
}

# stop_children PID...: ends processes that this script started and reaps them
stop_children() {
	[ $# != 0 ] || return 0
	kill "$@" 2>/dev/null || :
	wait "$@" 2>/dev/null || :
}

# What a kernel in trouble says. A test may not provoke any of it.
TROUBLE='WARNING:|BUG:|Oops|Unable to handle|Internal error|Call trace:|KASAN|UBSAN|kmemleak:.*new suspected|INFO: task .* blocked|rcu.*stall|soft lockup|possible (recursive|circular|irq)|suspicious RCU|ODEBUG|Kernel panic'

# kernel_trouble FILE...: prints what is such in a kernel's log, as comments;
# false if nothing is. A file may be missing.
kernel_trouble() {
	local found
	found=$(cat "$@" 2>/dev/null | grep -n -E -A 12 "$TROUBLE" || :)
	[ -n "$found" ] || return 1
	sed -n '1,60s/^/# /p' <<<"$found"
}
