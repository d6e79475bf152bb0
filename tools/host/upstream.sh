#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# upstream.sh: `make check-upstream`. The kernel's own KVM selftests, each on
# KVM and on avcpu, in one boot of the host. From the environment:
#   TESTS   names of programs, with or without their directory
#   SETS    sets of tools/host/upstream.tab (gate) where TESTS names none
# Prints a row for each program: what it says on KVM, what on avcpu. A test
# passes if it passes on avcpu, fails if it passes on KVM alone, and is skipped
# where KVM itself does not pass. Logs are in build/upstream/log.

. "$(dirname "$0")/lib.sh"

share=$BUILD/upstream
tab=$HOSTDIR/upstream.tab
passed=0 failed=0 skipped=0
# a kernel that checks itself takes its time
slowness=1
[ "$KERNEL" != debug ] || slowness=5

# selected: the rows of the table that are to run, "SECONDS PROGRAM ARGUMENT..."
selected() {
	awk -v tests="${TESTS-}" -v sets="${SETS:-gate}" -v slowness=$slowness '
		function has(list, word) { return index(" " list " ", " " word " ") }
		/^#/ || NF < 3 { next }
		{ name = $3; sub(".*/", "", name) }
		tests != "" ? has(tests, $3) || has(tests, name) : has(sets, $1) {
			$2 *= slowness
			$1 = ""; sub("^ ", ""); print
		}' "$tab"
}

# prepare: the directory that the host sees at /mnt
prepare() {
	local program
	rm -rf "$share"
	mkdir -p "$share/log"
	printf '%s\n' "${list[@]}" >"$share/list"
	for program in "${programs[@]}"; do
		mkdir -p "$(dirname "$share/programs/$program")"
		cp "$CACHE/src/upstream/programs/$program" "$share/programs/$program"
	done
}

row() { printf '%-36s %-8s %6s   %-8s %6s   %s\n' "$@"; }

# complaint PROGRAM: what it said on avcpu when it gave up
complaint() {
	local log=$share/log/$1.avcpu.txt
	if [ ! -e "$log" ]; then
		echo "    # the host did not get to it"
		return 0
	fi
	{ grep -A 8 'Test Assertion Failure' "$log" || tail -n 5 "$log"; } |
		sed -n '/addr2line/d; s/^/    # /p'
}

# judge PROGRAM VERDICT SECONDS VERDICT SECONDS: counts it and prints its row
judge() {
	local said=
	if [ "$4" = pass ]; then
		passed=$((passed + 1))
	elif [ "$2" = pass ] || [ "$2" = '?' ]; then
		failed=$((failed + 1))
		said=FAILED
	else
		skipped=$((skipped + 1))
		said=skipped
	fi
	row "$@" "$said"
	[ "$said" != FAILED ] || complaint "$1"
}

# table: of what upstream-run prints. A program that it did not get to has failed.
table() {
	local line program seen=
	row test KVM s avcpu s ''
	while read -r -a line; do
		judge "${line[@]}"
		seen+=" ${line[0]} "
	done
	for program in "${programs[@]}"; do
		[[ $seen = *" $program "* ]] || judge "$program" '?' - '?' -
	done
}

mapfile -t list < <(selected)
[ ${#list[@]} != 0 ] || die "TESTS='${TESTS-}' SETS='${SETS-}' mean no program of ${tab#"$TOP"/}"
mapfile -t programs < <(printf '%s\n' "${list[@]}" | awk '{ print $2 }')

"$HOSTDIR/build.sh" module programs
stage initramfs - "$HOSTDIR/initramfs.sh" "$KERNEL"
stage upstream - "$HOSTDIR/upstream-build.sh" "${programs[@]}"
prepare
table < <(RUN=upstream-run SHARE=$share TIMEOUT=${TIMEOUT:-$((3000 * slowness))} "$HOSTDIR/boot.sh" </dev/null)
if kernel_trouble "$BUILD/host/last/dmesg" "$BUILD/host/last/console.log"; then
	failed=$((failed + 1))
	echo "FAILED: the host's kernel complains"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
