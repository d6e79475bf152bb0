#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# nested-bench.sh: `make bench NESTED=1`. How often the outer host's KVM is entered for
# one exit of the nested host's guest, on that host's KVM and on avcpu: the difference
# of two runs with COUNT (1000) exits and twice as many. Instructions are executed
# at one a nanosecond of virtual time, so that the nested host's tick is rare beside
# them; figures are whole numbers, and what it leaves is rounded off.
# Prints a table; the last line is "N of M goals met"; status 0 if all are. What it
# was made of is build/bench/nested.txt.

. "$(dirname "$0")/lib.sh"

out=$BUILD/bench/nested.txt

mkdir -p "${out%/*}"
LOAD=yes "$HOSTDIR/build.sh" module programs guest
RUN="nested-exits ${COUNT:-1000}" OUTER_RUN=nested-count TIMEOUT=${TIMEOUT:-1500} \
	QEMU_ARGS="${QEMU_ARGS-} -icount shift=0,sleep=off" \
	"$HOSTDIR/nested.sh" </dev/null >"$out"
awk -f "$HOSTDIR/nested-bench.awk" "$out"
