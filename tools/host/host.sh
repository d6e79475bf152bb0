#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# host.sh: `make host`. Provides all that the host in a box needs, then boots it
# (boot.sh, which describes the variables).

. "$(dirname "$0")/lib.sh"

export LOAD=${LOAD:-yes}
if [ "$LOAD" = yes ] && [ ! -e "$TOP/Kbuild" ]; then
	say "  there is no module in this tree yet: LOAD=no"
	LOAD=no
fi
if [ -n "${SHARE-}" ]; then
	[ -d "$SHARE" ] || die "SHARE=$SHARE is not a directory"
	SHARE=$(cd "$SHARE" && pwd)
fi
[ -t 0 ] && [ -t 1 ] && say "  to leave: exit or Ctrl-D in the shell; Ctrl-] x ends the host at once"

stage tools - "$HOSTDIR/tools.sh" boot build
stage kernel - "$HOSTDIR/kernel.sh" "$KERNEL"
stage fixtures - "$HOSTDIR/fixtures.sh"
stage initramfs - "$HOSTDIR/initramfs.sh" "$KERNEL"
exec "$HOSTDIR/boot.sh"
