#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# initramfs.sh NAME: makes build/cache/kernels/NAME/initramfs: busybox, our
# init, and the modules that NAME needs to reach a 9p share. It is not compressed:
# an emulated CPU unpacks slower than QEMU loads.

. "$(dirname "$0")/lib.sh"

dir=$CACHE/kernels/$1
modules=$dir/modules
out=$dir/initramfs
init=$HOSTDIR/init
WANTED='virtio_pci virtio_console 9pnet_virtio 9p'

if [ "$out" -nt "$init" ] && [ "$out" -nt "$CACHE/fixtures/busybox" ] &&
   [ "$out" -nt "$dir/release" ] && [ "$out" -nt "$0" ]; then
	echo "up to date"
	exit 0
fi

# in_order MODULE...: paths of the modules and of all they need, dependencies
# first. modules.dep lists for each module those it needs, the farthest last.
# What is built in has no line there.
in_order() {
	local m
	for m; do
		sed -n -E "s|^([^:]*/$m\.ko[^:]*):(.*)|\1 \2|p" "$modules/modules.dep" |
			tr ' ' '\n' | sed '/^$/d' | tac
	done | awk '!seen[$0]++'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,modules,proc,sys,dev,tmp,run,mnt,avcpu,control,root,etc,lib/modules}
cp "$CACHE/fixtures/busybox" "$work/bin/busybox"
ln -s busybox "$work/bin/sh"
install -m 755 "$init" "$work/init"
n=10
if [ -e "$modules/modules.dep" ]; then
	# shellcheck disable=SC2086
	for module in $(in_order $WANTED); do
		file=$work/modules/$n-$(basename "${module%%.ko*}").ko
		case $module in
		*.xz)	xz -dc "$modules/$module" >"$file" ;;
		*.zst)	zstd -qdc "$modules/$module" >"$file" ;;
		*)	cp "$modules/$module" "$file" ;;
		esac
		n=$((n + 1))
	done
fi
(cd "$work" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) >"$out.new"
mv "$out.new" "$out"
echo "made, with $((n - 10)) modules"
