#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh PART...: brings up to date what PART (module, sparse, programs,
# guest, debian) needs, then PART itself, a stage each.

. "$(dirname "$0")/lib.sh"

stage tools - "$HOSTDIR/tools.sh" boot build
stage kernel - "$HOSTDIR/kernel.sh" "$KERNEL"
stage fixtures - "$HOSTDIR/fixtures.sh"
for part; do
	case $part in
	module)		stage module - "$HOSTDIR/module.sh" build ;;
	sparse)		stage sparse - "$HOSTDIR/module.sh" sparse ;;
	programs)	stage programs - "$HOSTDIR/stage.sh" ;;
	guest)		stage guest - "$HOSTDIR/guest.sh" ;;
	debian)		stage debian - "$HOSTDIR/debian.sh" ;;
	*)		die "build.sh module|sparse|programs|guest|debian" ;;
	esac
done
