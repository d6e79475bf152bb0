#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# nested.sh: boots the host in the nested bed and runs RUN in it, like boot.sh.
# There are two hosts, one in the other:
#
#   outer   Debian's newest kernel (OUTER) on a QEMU with FEAT_NV2, KVM in its
#           nested mode; its command is OUTER_RUN, in-host/nested-run if not
#           something else is set
#   nested  the kernel KERNEL, which the outer host's KVM gives EL2 and into which
#           avcpu.ko is inserted; runs RUN
#
# The parts for KERNEL have been built (host.sh sees to that).

. "$(dirname "$0")/lib.sh"

OUTER=7.x
# KVM emulates a TLBI of all of a VMID by one for each 8 GiB that the CPU can
# address: of 52 bits, which LPA2 gives, that is a minute of emulation.
OUTER_CPU=max,pauth-impdef=on,lpa2=off

stage qemu - "$HOSTDIR/qemu.sh"
stage outer - "$HOSTDIR/kernel.sh" "$OUTER"
stage initramfs - "$HOSTDIR/initramfs.sh" "$OUTER"
stage nested - "$HOSTDIR/nested-initramfs.sh"
printf '%s\n' "${RUN:-exec sh -l}" >"$STAGE/nested/command"

export QEMU=$CACHE/qemu/qemu-system-aarch64
export KERNEL=$OUTER CPU=$OUTER_CPU LOAD=no RUN=${OUTER_RUN:-nested-run}
export APPEND="kvm-arm.mode=nested ${APPEND-}"
exec "$HOSTDIR/boot.sh"
