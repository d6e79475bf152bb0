#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh NAME: provides the host kernel NAME of kernels.tab under
# build/cache/kernels/NAME:
#   release   its release, as in uname -r
#   Image     what QEMU boots
#   modules   its modules (a lib/modules/RELEASE with modules.dep)
#   kdir      what a module is built against
# Once there it is not looked for again: `make refresh` forgets it.

. "$(dirname "$0")/lib.sh"
. "$HOSTDIR/archive.sh"

name=$1
dir=$CACHE/kernels/$name

# deb_arch PACKAGE: the architecture to fetch it for. All is for arm64 but
# kbuild and the libc6 that may serve it, which run on this machine.
with_arch() {
	case $1 in
	linux-kbuild-* | libc6) printf '%s:%s' "$1" "$DEB_NATIVE" ;;
	linux-headers-*-common) printf '%s' "$1" ;;
	*) printf '%s:arm64' "$1" ;;
	esac
}

from_debian() {
	local suites=$1 image=$2 headers=$3 pkg pkgs=()
	local root=$dir.new/root

	# shellcheck disable=SC2086
	archive_open ${suites//,/ }
	image=$(archive_depends "$image:arm64" '^linux-image-[0-9]')
	headers=$(archive_depends "$headers:arm64" '^linux-headers-[0-9]')
	pkgs=("$image" "$headers")
	# 7.x splits the image into binary, modules and base
	if apt-cache "${ARCHIVE_OPTIONS[@]}" show "${image/image/binary}:arm64" >/dev/null 2>&1; then
		pkgs+=("${image/image/binary}" "${image/image/modules}" "${image/image/base}")
	fi
	while read -r pkg; do
		pkgs+=("$pkg")
	done < <(archive_depends "$headers:arm64" '^linux-headers-.*-common|^linux-kbuild')
	for pkg in "${!pkgs[@]}"; do
		pkgs[pkg]=$(with_arch "${pkgs[pkg]}")
	done

	rm -rf "$dir.new"
	archive_extract "$root" "${pkgs[@]}"
	release=${image#linux-image-}
	lay_out_debian "$root"
	adapt_kbuild "$root"
	mv "$dir.new" "$dir"
}

lay_out_debian() {
	local root=$1 image modules
	for image in "boot/vmlinuz-$release" "usr/lib/modules/$release/vmlinuz"; do
		[ ! -e "$root/$image" ] || ln -sfn "root/$image" "$dir.new/Image"
	done
	check_image "$dir.new/Image"
	modules=lib/modules/$release
	[ -d "$root/$modules" ] || modules=usr/$modules
	# depmod wants lib/modules below its base
	if [ ! -e "$root/lib" ]; then
		ln -s usr/lib "$root/lib"
	fi
	depmod -b "$root" "$release"
	ln -sfn "root/$modules" "$dir.new/modules"
	ln -sfn "root/usr/src/linux-headers-$release" "$dir.new/kdir"
	echo "$release" >"$dir.new/release"
	echo /usr/src >"$dir.new/place"
}

# A raw arm64 Image has "ARM\x64" at offset 56; QEMU boots nothing else
check_image() {
	[ "$(dd if="$1" bs=1 skip=56 count=4 status=none)" = "ARMd" ] ||
		die "$1 is no raw arm64 Image (compressed, or an EFI zboot image?): unpack it in tools/host/kernel.sh"
}

# The kbuild programs of a newer Debian want a newer libc than an older build
# machine has: those then run through the loader and libc6 of their own suite.
adapt_kbuild() {
	local root=$1 program programs=()
	while read -r program; do
		! lacks_libc "$program" || programs+=("$program")
	done < <(find "$root"/usr/lib/linux-kbuild-* -type f -perm -100 -exec grep -l -a '^.ELF' {} +)
	[ ${#programs[@]} != 0 ] || return 0
	archive_extract "$root/libc" "libc6:$DEB_NATIVE"
	(cd "$root/libc" && find . -name 'ld-linux*.so*' -not -type d) | head -n 1 >"$root/libc/loader"
	for program in "${programs[@]}"; do
		mv "$program" "$program.elf"
		wrapper "$root" "$program" >"$program"
		chmod +x "$program"
	done
	echo "${#programs[@]} kbuild programs will run with their own libc6"
}

lacks_libc() {
	local said
	said=$(ldd "$1" 2>&1 || :)
	[[ $said = *"GLIBC_"*"not found"* ]]
}

wrapper() {
	local root=$1 up loader
	loader=$(cat "$root/libc/loader")
	loader=${loader#./}
	up=$(dirname "$2")
	up=$(realpath --relative-to="$up" "$root")
	cat <<-EOF
	#!/bin/sh
	libc=\${0%/*}/$up/libc
	exec "\$libc/$loader" --library-path "\$libc/${loader%/*}" "\$0.elf" "\$@"
	EOF
}

# The headers name /usr/src: rewrite that to where they are now (again if the
# tree has moved since).
place_headers() {
	local old new=$dir/root/usr/src file
	[ -e "$dir/place" ] || return 0
	old=$(cat "$dir/place")
	[ "$old" != "$new" ] || return 0
	for file in Makefile .kernelvariables; do
		sed -i "s|$old/linux-headers-|$new/linux-headers-|g" "$dir/kdir/$file"
	done
	echo "$new" >"$dir/place"
}

row=$(grep -E "^$name	" "$HOSTDIR/kernels.tab") ||
	die "KERNEL=$name is not known. There are: $(sed '/^#/d; s/	.*//' "$HOSTDIR/kernels.tab" | tr '\n' ' ')"
read -r _ how suites packages <<<"$row"
if [ "$how" = source ]; then
	# shellcheck disable=SC2086
	"$HOSTDIR/kernel-build.sh" "$name" "$suites" $packages
elif [ ! -e "$dir/release" ]; then
	mkdir -p "$CACHE/kernels"
	# shellcheck disable=SC2086
	from_debian "$suites" $packages
fi
place_headers
cat "$dir/release"
