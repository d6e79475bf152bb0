#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh: puts the Linux guest into build/stage/guests: Debian's own kernel as
# it is (linux), and an initramfs with the modules for virtio disks
# (linux.cpio), whose init is tools/host/guest-init.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cpio.sh"

GUEST_KERNEL=6.12
dir=$CACHE/kernels/$GUEST_KERNEL
out=$BUILD/guest/linux.cpio
init=$HOSTDIR/guest-init

"$HOSTDIR/kernel.sh" "$GUEST_KERNEL" >&2
mkdir -p "$BUILD/guest"
if newer "$out" "$init" "$CACHE/fixtures/busybox" "$dir/release" "$0" "$HOSTDIR/cpio.sh"; then
	:
else
	make_cpio "$out" "$init" "$dir/modules" virtio_mmio virtio_blk >&2
fi
cp "$out" "$STAGE/guests/"
rm -f "$STAGE/guests/linux"
cp -l "$dir/Image" "$STAGE/guests/linux" 2>/dev/null ||
	cp "$dir/Image" "$STAGE/guests/linux"
echo "Debian's $(cat "$dir/release")"
