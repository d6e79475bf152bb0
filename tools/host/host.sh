#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# host.sh: `make host`. Provides all that the host in a box needs, then boots it
# (boot.sh, which describes the variables).

. "$(dirname "$0")/lib.sh"

export LOAD=${LOAD:-yes}
if [ -n "${NESTED-}" ]; then
	LOAD=yes
elif [ "$LOAD" = yes ] && [ ! -e "$TOP/Kbuild" ]; then
	say "  there is no module in this tree yet: LOAD=no"
	LOAD=no
fi
if [ "$LOAD" = yes ]; then
	parts=(module programs guest)
else
	parts=(programs guest)
fi
[ "${GUEST-}" != debian ] || parts+=(debian)
if [ -n "${SHARE-}" ]; then
	[ -d "$SHARE" ] || die "SHARE=$SHARE is not a directory"
	SHARE=$(cd "$SHARE" && pwd)
fi
if [ -t 0 ] && [ -t 1 ]; then
	say "  to leave: exit or Ctrl-D in the shell; Ctrl-] x ends the host at once"
fi

"$HOSTDIR/build.sh" "${parts[@]}"
[ -z "${NESTED-}" ] || exec "$HOSTDIR/nested.sh"
stage initramfs - "$HOSTDIR/initramfs.sh" "$KERNEL"
exec "$HOSTDIR/boot.sh"
