#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh: `make run`. Builds all, boots the host and runs a guest in it: the
# script tools/host/in-host/guest-GUEST. GUESTARGS are options for avcpu-run
# (--device /dev/kvm --stats). Ends with the guest's status.

. "$(dirname "$0")/lib.sh"

GUEST=${GUEST:-uboot}
if [ ! -x "$HOSTDIR/in-host/guest-$GUEST" ]; then
	die "GUEST=$GUEST is not known. There are: $(cd "$HOSTDIR/in-host" && echo guest-* | sed 's/guest-//g')"
fi
[ "$GUEST" != debian ] || export DISK=$CACHE/debian/disk.img
export GUEST
export RUN="guest-$GUEST ${GUESTARGS-}"
exec "$HOSTDIR/host.sh"
