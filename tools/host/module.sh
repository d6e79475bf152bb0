#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# module.sh [build|sparse|clean]: builds avcpu.ko for KERNEL in build/KERNEL/module,
# a tree of links to the sources, so that kernels do not overwrite each other's
# objects. Warnings are errors (WERROR=no: they are not). sparse checks all
# files and fails on what it says about ours.

. "$(dirname "$0")/lib.sh"

kdir=$CACHE/kernels/$KERNEL/kdir
dir=$BUILD/$KERNEL/module

# Links to every source; links to sources that went away go too.
link_sources() {
	local tree
	mkdir -p "$dir"
	for tree in module include; do
		[ ! -d "$TOP/$tree" ] || cp -rsf "$TOP/$tree" "$dir/"
	done
	ln -sf "$TOP/Kbuild" "$dir/Kbuild"
	find "$dir" -xtype l -delete
}

has_config() { grep -q "^$1=" "$kdir/.config" "$kdir/include/config/auto.conf" 2>/dev/null; }

# Where the kernel's own compiler was newer than ours, its configuration
# promises what ours cannot do.
kbuild_arguments() {
	local cc=${CROSS_COMPILE}gcc warnings=1e flags=()
	[ "${WERROR-}" != no ] || warnings=1
	args=(-C "$kdir" "M=$dir" ARCH=arm64 "CROSS_COMPILE=$CROSS_COMPILE" "CC=$cc" "W=$warnings")
	# the headers have a vmlinux without BTF, for which pahole would be called
	args+=(CONFIG_DEBUG_INFO_BTF_MODULES=)
	if ! compiles "$cc" -fmin-function-alignment=8; then
		args+=(CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=)
		# It does not align cold functions, __init ones for example, and ftrace
		# takes the kernel down where one is not: then none is cold, which is
		# what the kernel does itself with such a compiler.
		flags+=(-D__cold__=)
	fi
	if has_config CONFIG_CC_HAS_COUNTED_BY && ! knows_counted_by "$cc"; then
		flags+=(-Wno-attributes)
	fi
	[ ${#flags[@]} = 0 ] || args+=("KCFLAGS=${flags[*]}")
}

# knows_counted_by CC: the attribute exists since gcc 15
knows_counted_by() {
	echo 'struct s { int n; int a[] __attribute__((counted_by(n))); };' |
		"$1" -x c -Werror -c -o /dev/null - 2>/dev/null
}

compiles() { echo | "$1" -x c -c -o /dev/null "${@:2}" - 2>/dev/null; }

build() {
	make "${args[@]}" -j"$(nproc)" modules
	echo "avcpu.ko for $(cat "$CACHE/kernels/$KERNEL/release")"
}

sparse() {
	local log=$LOGS/sparse.$KERNEL.txt
	make "${args[@]}" -j"$(nproc)" C=2 CHECK=sparse CF=-Wno-shift-count-overflow modules >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
	# what it finds in the kernel's headers is not ours
	if grep -E "^($dir/|module/).*: (warning|error):" "$log" | sed "s|$dir/||" | sort -u | grep .; then
		exit 1
	fi
	echo "nothing found"
}

if [ ! -e "$TOP/Kbuild" ]; then
	echo "there is no module in this tree"
	exit 0
fi
link_sources
kbuild_arguments
case ${1:-build} in
build)	build ;;
sparse)	sparse ;;
clean)	rm -rf "$dir"; echo "removed" ;;
*)	die "module.sh build|sparse|clean" ;;
esac
