#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# initramfs.sh NAME: makes build/NAME/initramfs, with the modules that NAME
# needs to reach a 9p share.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cpio.sh"

dir=$CACHE/kernels/$1
out=$BUILD/$1/initramfs
init=$HOSTDIR/init

mkdir -p "$BUILD/$1"
if newer "$out" "$init" "$CACHE/fixtures/busybox" "$dir/release" "$0" "$HOSTDIR/cpio.sh"; then
	echo "up to date"
else
	make_cpio "$out" "$init" "$dir/modules" virtio_pci virtio_console 9pnet_virtio 9p
fi
