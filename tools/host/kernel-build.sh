#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel-build.sh NAME SUITE PACKAGE FRAGMENT...: builds the kernel NAME from
# Debian's source PACKAGE: alldefconfig and the fragments, in
# build/cache/kernels/NAME/obj. It takes 5 to 20 minutes on two cores; an
# interrupted build goes on where it was.

. "$(dirname "$0")/lib.sh"
. "$HOSTDIR/archive.sh"

name=$1 suite=$2 package=$3
shift 3
source=$CACHE/src/${package/source-/}
dir=$CACHE/kernels/$name
obj=$dir/obj

fetch_source() {
	[ ! -e "$source/Makefile" ] || return 0
	archive_open "$suite"
	archive_source "$source" "$package"
}

kernel_make() {
	make -C "$source" O="$obj" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" \
		KBUILD_BUILD_USER=avcpu KBUILD_BUILD_HOST=avcpu -s "$@"
}

# fragments NAME...: what the configuration is made of
fragments() {
	local fragment
	for fragment; do
		grep -v SPDX "$HOSTDIR/kernels/$fragment.config"
	done
}

configure() {
	fragments "$@" >"$obj/fragment.config"
	kernel_make KCONFIG_ALLCONFIG="$obj/fragment.config" alldefconfig
}

mkdir -p "$obj"
same=no
! fragments "$@" | cmp -s - "$obj/fragment.config" || same=yes
if [ $same = yes ] && [ -e "$dir/release" ]; then
	exit 0
fi
rm -f "$dir/release"
"$HOSTDIR/tools.sh" build source
fetch_source
[ $same = yes ] && [ -e "$obj/.config" ] || configure "$@"
kernel_make -j"$(nproc)" Image modules
kernel_make INSTALL_MOD_PATH="$dir/root" modules_install
release=$(cat "$obj/include/config/kernel.release")
ln -sfn obj/arch/arm64/boot/Image "$dir/Image"
ln -sfn "root/lib/modules/$release" "$dir/modules"
ln -sfn obj "$dir/kdir"
echo "$release" >"$dir/release"
