#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# upstream-build.sh PROGRAM...: builds these programs of the kernel's own
# tools/testing/selftests/kvm, statically for arm64, from Debian's source of the
# newest kernel that KERNEL=7.x means, under build/cache/src/upstream:
#   linux/     what of the source is needed
#   headers/   that kernel's headers for programs
#   programs/  what was built, stripped
#   version    the source's
# Built once: `make refresh` forgets it.

. "$(dirname "$0")/lib.sh"
. "$HOSTDIR/archive.sh"

dir=$CACHE/src/upstream
linux=$dir/linux
# what "make headers" and the tests' makefiles read
MEMBERS=(Makefile Kbuild Kconfig arch/arm64 include scripts tools usr)

# The suites of KERNEL=7.x, whose metapackage names the newest source
fetch() {
	local suites package
	[ ! -e "$linux/Makefile" ] || return 0
	suites=$(awk '$1 == "7.x" { print $3 }' "$HOSTDIR/kernels.tab")
	# shellcheck disable=SC2086
	archive_open ${suites//,/ }
	package=$(archive_depends linux-source '^linux-source-')
	mkdir -p "$dir"
	archive_source "$linux" "$package" "${MEMBERS[@]}"
}

headers() {
	[ ! -e "$dir/headers/complete" ] || return 0
	nice make -C "$linux" O="$dir/headers" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" \
		-s -j"$(nproc)" headers
	: >"$dir/headers/complete"
}

# build PROGRAM...: the objects stay, so that a longer list builds only what is new
build() {
	nice make -C "$linux/tools/testing/selftests/kvm" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" \
		OUTPUT="$dir/objects" KHDR_INCLUDES="-isystem $dir/headers/usr/include" \
		LDFLAGS=-static -j"$(nproc)" "${@/#/$dir/objects/}"
}

version() { make -s -C "$linux" ARCH=arm64 kernelversion; }

missing=()
for program; do
	[ -x "$dir/programs/$program" ] || missing+=("$program")
done
if [ ${#missing[@]} != 0 ]; then
	"$HOSTDIR/tools.sh" build
	fetch
	headers
	build "${missing[@]}"
	for program in "${missing[@]}"; do
		mkdir -p "$dir/programs/$(dirname "$program")"
		"${CROSS_COMPILE}strip" -o "$dir/programs/$program" "$dir/objects/$program"
	done
	version >"$dir/version"
fi
echo "$# programs of $(cat "$dir/version")"
