#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run the test programs beside this script and sum up their cases.
#
#	run.sh [--device PATH] [--module PATH] [--timeout SECS] [--quick] [TEST...]
#
# A TEST is a program's name; none means all. Prints KTAP, each program's cases as
# subtests. The kernel log is a case of its own: a warning from the host kernel
# during the run fails it. The last line is "N passed, N failed, N skipped"; the
# exit status is 1 if anything failed.

dir=$(cd "$(dirname "$0")" && pwd)
device=/dev/avcpu
module=/avcpu/avcpu.ko
# where the host in a box has the one that it loaded
[ -e "$module" ] || module=/control/avcpu.ko
options=
# seconds for one program
limit=300

usage() {
	sed -n 's/^#\t//p' "$0"
}

while [ $# -gt 0 ]; do
	case $1 in
	--device) device=$2; shift ;;
	--module) module=$2; shift ;;
	--timeout) options="$options $1 $2"; limit=$(($2 * 5)); shift ;;
	--quick) options="$options --quick" ;;
	--help) usage; exit 0 ;;
	-*) usage >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done

if [ ! -c "$device" ]; then
	echo "Bail out! $device is not there"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi

programs=$*
if [ -z "$programs" ]; then
	for file in "$dir"/*; do
		[ -f "$file" ] && [ -x "$file" ] || continue
		case $file in *.sh) ;; *) programs="$programs ${file##*/}" ;; esac
	done
fi

# What the kernel says when something went wrong in it.
trouble='WARNING:|BUG:|Oops|Unable to handle|Call trace:|Internal error|INFO: (rcu|task)|unchecked|bad_page|KASAN|UBSAN|possible (recursive|circular) locking'
log=$(mktemp)
marker="avcpu selftests $$ on $device"
[ -w /dev/kmsg ] && echo "$marker" >/dev/kmsg

passed=0 failed=0 skipped=0 nr=0

# count PATTERN: how many lines of the program's output match.
count() {
	grep -c -E "$1" "$log"
}

report() {
	nr=$((nr + 1))
	echo "$1 $nr $2"
}

kernel_trouble() {
	dmesg 2>/dev/null | sed -n "/$(echo "$marker" | sed 's,/,\\/,g')/,\$p" | grep -E "$trouble"
}

echo "KTAP version 1"
echo "1..$(($(echo $programs | wc -w) + 1))"
for program in $programs; do
	echo "# Subtest: $program"
	timeout $limit "$dir/$program" --device "$device" --module "$module" $options >"$log" 2>&1
	status=$?
	sed 's/^/    /' "$log"
	ok=$(count '^ok .*'); skip=$(count '^ok .* # SKIP'); bad=$(count '^not ok ')
	if [ $status -ne 0 ] && [ $status -ne 4 ] && [ "$bad" -eq 0 ]; then
		echo "# $program ended with status $status"
		bad=1
	fi
	grep -q '^1\.\.0 # SKIP' "$log" && skip=1 && ok=1
	passed=$((passed + ok - skip))
	skipped=$((skipped + skip))
	failed=$((failed + bad))
	if [ "$bad" -ne 0 ]; then
		report "not ok" "$program"
	elif [ $status -eq 4 ]; then
		report ok "$program # SKIP"
	else
		report ok "$program"
	fi
	if [ -z "$first_trouble" ] && [ -n "$(kernel_trouble)" ]; then
		first_trouble=$program
	fi
done

if [ -n "$first_trouble" ]; then
	echo "# the host kernel complained first during $first_trouble:"
	kernel_trouble | head -20 | sed 's/^/# /'
	report "not ok" "kernel log"
	failed=$((failed + 1))
else
	report ok "kernel log"
	passed=$((passed + 1))
fi
rm -f "$log"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
