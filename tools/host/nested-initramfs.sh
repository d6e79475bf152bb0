#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# nested-initramfs.sh: puts into build/stage/nested what the nested host boots:
# the kernel KERNEL (Image), and an initramfs with avcpu.ko for it and what is
# small of the stage: programs, tests, bare-metal guests. Its init is
# tools/host/nested-init.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cpio.sh"

dir=$STAGE/nested
extra=$(mktemp -d)
trap 'rm -rf "$extra"' EXIT

mkdir -p "$dir" "$extra/avcpu"
cp -r "$STAGE/bin" "$STAGE/selftests" "$BUILD/$KERNEL/module/avcpu.ko" "$extra/avcpu/"
mkdir "$extra/avcpu/guests"
find "$STAGE/guests" -type f -size -4M -exec cp -t "$extra/avcpu/guests" {} +
cp -L "$CACHE/kernels/$KERNEL/Image" "$dir/Image"
CPIO_EXTRA=$extra make_cpio "$dir/initramfs" "$HOSTDIR/nested-init" none >&2
echo "Debian's $(cat "$CACHE/kernels/$KERNEL/release"), $(du -m "$dir/initramfs" | cut -f 1) MiB"
