#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# qemu.sh: provides a QEMU that emulates FEAT_NV2, which is 10 or newer, as
# build/cache/qemu/qemu-system-aarch64: the machine's own where it is new
# enough, else Debian's from bookworm-backports with all the libraries it wants,
# unpacked there and run through their own loader, so that the machine's stays
# as it is. Says which one. `make refresh` forgets it.

. "$(dirname "$0")/lib.sh"
. "$HOSTDIR/archive.sh"

SUITES=(bookworm bookworm-backports)
NEEDED=10
dir=$CACHE/qemu

# version PROGRAM: 10.0.2; nothing if there is no such program
version() {
	"$1" --version 2>/dev/null | sed -n -E 's/^QEMU emulator version ([0-9.]+).*/\1/p' || :
}

new_enough() {
	local v
	v=$(version "$1")
	[ -n "$v" ] && [ "${v%%.*}" -ge $NEEDED ]
}

# wrapper ROOT: what runs the QEMU below ROOT with the loader and libraries there
wrapper() {
	local loader libs
	loader=$(cd "$1" && find . -name 'ld-linux*.so*' -type f | head -n 1)
	[ -n "$loader" ] || archive_help "no dynamic loader in the libc6 of ${SUITES[*]}"
	loader=${loader#./}
	libs=${loader%/*}
	cat <<-EOF
	#!/bin/sh
	root=\$(dirname "\$(readlink -f "\$0")")/root
	exec "\$root/$loader" --library-path "\$root/$libs:\$root/usr/$libs" \\
		"\$root/usr/bin/qemu-system-aarch64" -L "\$root/usr/share/qemu" "\$@"
	EOF
}

fetch() {
	local packages
	rm -rf "$dir" "$dir.new"
	archive_open "${SUITES[@]}"
	mapfile -t packages < <(archive_closure qemu-system-arm)
	archive_extract "$dir.new/root" "${packages[@]}"
	wrapper "$dir.new/root" >"$dir.new/qemu-system-aarch64"
	chmod +x "$dir.new/qemu-system-aarch64"
	new_enough "$dir.new/qemu-system-aarch64" ||
		die "the QEMU of ${SUITES[*]} does not run, or is older than $NEEDED: $("$dir.new/qemu-system-aarch64" --version 2>&1 | head -n 1)"
	mv "$dir.new" "$dir"
}

if ! new_enough "$dir/qemu-system-aarch64"; then
	if new_enough qemu-system-aarch64; then
		mkdir -p "$dir"
		ln -sfn "$(command -v qemu-system-aarch64)" "$dir/qemu-system-aarch64"
	else
		fetch
	fi
fi
echo "QEMU $(version "$dir/qemu-system-aarch64")"
