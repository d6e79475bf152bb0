#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# tools.sh GROUP...: installs what this machine lacks of the tools in GROUP
# (boot, build, debian, source) from its own apt sources, as root or through sudo.

. "$(dirname "$0")/lib.sh"

# the C library that programs for arm64 are linked with
libc=/usr/lib/aarch64-linux-gnu/libc.a
[ -z "$CROSS_COMPILE" ] || libc=/usr/aarch64-linux-gnu/lib/libc.a

# group, what must be there (a program, or a file if it has a slash), package
tool_table() {
	cat <<-EOF
	boot	qemu-system-aarch64	qemu-system-arm
	boot	cpio			cpio
	boot	depmod			kmod
	boot	xz			xz-utils
	build	${CROSS_COMPILE}gcc	gcc${CROSS_COMPILE:+-aarch64-linux-gnu}
	build	${CROSS_COMPILE}ld	binutils${CROSS_COMPILE:+-aarch64-linux-gnu}
	build	$libc			libc6-dev${CROSS_COMPILE:+-arm64-cross}
	build	make			make
	build	gcc			gcc
	build	/usr/include/stdlib.h	libc6-dev
	build	perl			perl
	build	sparse			sparse
	debian	mmdebstrap		mmdebstrap
	debian	arch-test		arch-test
	debian	mke2fs			e2fsprogs
	debian	newuidmap		uidmap
	source	bc			bc
	source	bison			bison
	source	flex			flex
	source	/usr/include/gelf.h	libelf-dev
	source	/usr/include/openssl/ssl.h libssl-dev
	EOF
	[ -z "$CROSS_COMPILE" ] ||
		printf 'debian qemu-aarch64-static qemu-user-static\n'
}

missing=()
for group; do
	while read -r g what package; do
		[ "$g" = "$group" ] || continue
		case $what in
		/*)	[ -e "$what" ] && continue ;;
		*)	command -v "$what" >/dev/null && continue ;;
		esac
		missing+=("$package")
	done < <(tool_table)
done
if [ ${#missing[@]} = 0 ]; then
	echo "nothing missing"
	exit 0
fi

command -v apt-get >/dev/null ||
	die "missing: ${missing[*]}. This machine has no apt: install them by hand (Debian's package names)."
as_root=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null ||
		die "missing: ${missing[*]}. Install them (apt-get install ...) or run as root: there is no sudo here."
	# a stage has no terminal, so sudo must not ask
	sudo -n true 2>/dev/null ||
		die "missing: ${missing[*]}. sudo wants a password: run 'sudo -v' and then this again, or install them by hand."
	as_root=(sudo -n)
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends "${missing[@]}"
echo "installed: ${missing[*]}"
