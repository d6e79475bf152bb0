#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh: `make run`. Builds all, boots the host and runs a guest in it: the
# script tools/host/in-host/guest-GUEST. GUESTARGS are options for avcpu-run
# (--device /dev/kvm --stats). Ends with the guest's status.

. "$(dirname "$0")/lib.sh"

[ -z "${NESTED-}" ] || GUEST=${GUEST:-uboot}
GUEST=${GUEST:-linux}
if [ ! -x "$HOSTDIR/in-host/guest-$GUEST" ]; then
	die "GUEST=$GUEST is not known. There are: $(cd "$HOSTDIR/in-host" && echo guest-* | sed 's/guest-//g')"
fi
[ -z "${NESTED-}" ] || [ "$GUEST" = uboot ] ||
	die "GUEST=$GUEST is too much for NESTED=1, two emulations deep: GUEST=uboot, or make host NESTED=1 RUN='avcpu-run ...'"
[ "$GUEST" != debian ] || export DISK=$CACHE/debian/disk.img
export GUEST
export RUN="guest-$GUEST ${GUESTARGS-}"
exec "$HOSTDIR/host.sh"
