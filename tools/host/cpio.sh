# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Makes initial root filesystems: busybox, an init, and some of a kernel's
# modules. Not compressed: an emulated CPU unpacks slower than it loads. Sourced.

# in_order MODULES MODULE...: paths of the modules and of all they need,
# dependencies first. modules.dep lists for each module those it needs, the
# farthest last. What is built in has no line there.
in_order() {
	local modules=$1 m
	shift
	for m; do
		sed -n -E "s|^([^:]*/$m\.ko[^:]*):(.*)|\1 \2|p" "$modules/modules.dep" |
			tr ' ' '\n' | sed '/^$/d' | tac
	done | awk '!seen[$0]++'
}

# make_cpio OUT INIT MODULES MODULE...: says how many modules are in it. What is in
# the directory CPIO_EXTRA goes into it, too.
make_cpio() {
	local out=$1 init=$2 modules=$3 work module file n=10
	shift 3
	work=$(mktemp -d)
	mkdir -p "$work"/{bin,modules,proc,sys,dev,tmp,run,mnt,avcpu,control,root,etc,lib/modules}
	cp "$CACHE/fixtures/busybox" "$work/bin/busybox"
	ln -s busybox "$work/bin/sh"
	install -m 755 "$init" "$work/init"
	[ -z "${CPIO_EXTRA-}" ] || cp -r "$CPIO_EXTRA/." "$work/"
	if [ -e "$modules/modules.dep" ]; then
		for module in $(in_order "$modules" "$@"); do
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
	rm -rf "$work"
	mv "$out.new" "$out"
	echo "made, with $((n - 10)) modules"
}

# newer OUT FILE...: OUT is there and newer than all of them
newer() {
	local out=$1 file
	shift
	for file; do
		[ "$out" -nt "$file" ] || return 1
	done
}
