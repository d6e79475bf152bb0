#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# fixtures.sh: the arm64 programs and libraries that are not ours, from Debian's
# archive, under build/cache/fixtures:
#   busybox     a static shell with all of busybox
#   libfdt/     include/, libfdt.a and libz.a, for avcpu-run
#   u-boot.bin  U-Boot for QEMU's virt machine
# `make refresh` forgets them.

. "$(dirname "$0")/lib.sh"
. "$HOSTDIR/archive.sh"

SUITE=bookworm
dir=$CACHE/fixtures

# file_in TREE NAME [TEST...]: the one file of that name in an unpacked package
file_in() {
	local found
	found=$(find "$1" -name "$2" -type f "${@:3}" | head -n 1)
	[ -n "$found" ] || archive_help "no $2 in the packages of $SUITE"
	printf '%s' "$found"
}

if [ ! -e "$dir/complete" ]; then
	rm -rf "$dir"
	mkdir -p "$dir/libfdt/include"
	archive_open "$SUITE"
	archive_extract "$dir/tree" busybox-static:arm64 libfdt-dev:arm64 u-boot-qemu
	cp "$(file_in "$dir/tree" busybox -size +99k)" "$dir/busybox"
	cp "$(file_in "$dir/tree" libfdt.a)" "$dir/libfdt/"
	cp "$(dirname "$(file_in "$dir/tree" libfdt.h)")"/*fdt*.h "$dir/libfdt/include/"
	cp "$(file_in "$dir/tree/usr/lib/u-boot/qemu_arm64" u-boot.bin)" "$dir/u-boot.bin"
	rm -rf "$dir/tree"
	echo "busybox, libfdt, u-boot of $SUITE" >"$dir/complete"
fi
# Not in the first caches: avcpu-run does without, but cannot unpack kernels then.
if [ ! -e "$dir/libfdt/libz.a" ]; then
	archive_open "$SUITE"
	archive_extract "$dir/tree" zlib1g-dev:arm64
	cp "$(file_in "$dir/tree" zlib.h)" "$(file_in "$dir/tree" zconf.h)" "$dir/libfdt/include/"
	cp "$(file_in "$dir/tree" libz.a)" "$dir/libfdt/"
	rm -rf "$dir/tree"
fi
cat "$dir/complete"
