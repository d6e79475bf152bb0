#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# debian.sh: makes Debian for the guest, under build/cache/debian: disk.img, an
# ext4 file system with systemd and a login on ttyAMA0 (root, no password), and
# initramfs, whose init (guest-init-disk) goes on to it. `make refresh` forgets
# them.
#
# All of it happens in a user namespace, so that nobody has to be root, nothing
# of this machine is touched, and mke2fs sees the owners as they shall be. The
# packages' scripts are arm64's; elsewhere qemu-user runs them, by a binfmt_misc
# of that namespace alone (kernel 6.7 or newer) or by the machine's own.

. "$(dirname "$0")/lib.sh"
. "$HOSTDIR/archive.sh"
. "$HOSTDIR/cpio.sh"

SUITE=bookworm
PACKAGES=systemd-sysv,udev,dbus,kmod
SIZE=640M
GUEST_KERNEL=6.12
self=$HOSTDIR/debian.sh
dir=$CACHE/debian
kernel=$CACHE/kernels/$GUEST_KERNEL

# in_namespace COMMAND...: as root of a namespace with all the users that a
# Debian system has. Root here maps them itself; others have subordinate ids,
# which newuidmap maps.
in_namespace() {
	local go=$dir/go child up
	if [ "$(id -u)" != 0 ]; then
		unshare --user --map-root-user --map-auto --mount --pid --fork "$@"
		return
	fi
	rm -f "$go"
	mkfifo "$go"
	# shellcheck disable=SC2016 # for the shell in the namespace
	exec {up}< <(exec unshare --user --mount sh -c \
		'echo; read -r _ <"$0"; exec unshare --pid --fork "$@" >&2' "$go" "$@")
	child=$!
	read -r _ <&"$up" || die "this machine lets nobody make user namespaces"
	echo 0 0 65536 >/proc/$child/gid_map
	echo 0 0 65536 >/proc/$child/uid_map
	echo >"$go"
	wait $child
	exec {up}<&-
	rm -f "$go"
}

# What the system's apt is told about how to reach archives, for mmdebstrap,
# whose apt reads nothing of the system's. Not left in the image.
apt_access() {
	apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|ForceIPv)[^ ]* "' || :
	printf 'Dir::Etc::netrc "/etc/apt/auth.conf";\n'
	printf 'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";\n'
}

# Run in the namespace: this script with the argument "inside"
inside() {
	local magic mask
	if ! arch-test -n arm64 >/dev/null 2>&1 && ! arch-test arm64 >/dev/null 2>&1; then
		magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
		mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
		mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
			die "this machine does not run arm64 programs, and its kernel lets no namespace
have a binfmt_misc of its own (6.7 and newer do). Install qemu-user-static and
binfmt-support, as root of the machine, and try again."
		printf ':qemu-aarch64:M::%s:%s:%s:FO' "$magic" "$mask" \
			"$(command -v qemu-aarch64-static)" >/proc/sys/fs/binfmt_misc/register
	fi
	mmdebstrap --mode=root --variant=minbase --architectures=arm64 \
		--include="$PACKAGES" --keyring="$(archive_key)" \
		--aptopt="$dir/apt.conf" --skip=check/qemu \
		--dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*/*' \
		--customize-hook="'$self' customize \"\$1\"" --format=null \
		"$SUITE" /dev/null "deb $(archive_mirror) $SUITE main"
}

# Run by mmdebstrap, before it forgets the system: settings, then the image
customize() {
	local root=$1
	chroot "$root" passwd -d root
	echo avcpu-debian >"$root/etc/hostname"
	printf '127.0.0.1 localhost avcpu-debian\n' >"$root/etc/hosts"
	: >"$root/etc/machine-id"
	rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
	rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
	# an emulated CPU is slow, not broken
	mkdir -p "$root/etc/systemd/system.conf.d"
	cat >"$root/etc/systemd/system.conf.d/slow.conf" <<-EOF
	[Manager]
	DefaultTimeoutStartSec=30min
	DefaultTimeoutStopSec=30min
	DefaultDeviceTimeoutSec=30min
	EOF
	# without what is mounted in it, such as /proc
	mkdir -p "$dir/root"
	mount --bind "$root" "$dir/root"
	rm -f "$dir/disk.img.new"
	mke2fs -q -t ext4 -L debian -d "$dir/root" "$dir/disk.img.new" "$SIZE"
	umount "$dir/root"
}

make_disk() {
	mkdir -p "$dir"
	"$HOSTDIR/tools.sh" debian
	apt_access >"$dir/apt.conf"
	in_namespace "$self" inside
	mv "$dir/disk.img.new" "$dir/disk.img"
}

case ${1-} in
inside)		inside; exit ;;
customize)	customize "$2"; exit ;;
esac
"$HOSTDIR/kernel.sh" "$GUEST_KERNEL"
[ -e "$dir/disk.img" ] || make_disk
cpio=$BUILD/guest/debian.cpio
mkdir -p "$BUILD/guest"
if ! newer "$cpio" "$HOSTDIR/guest-init-disk" "$CACHE/fixtures/busybox" \
	"$kernel/release" "$0" "$HOSTDIR/cpio.sh"; then
	make_cpio "$cpio" "$HOSTDIR/guest-init-disk" "$kernel/modules" \
		virtio_mmio virtio_blk ext4 crc32c_generic
fi
mkdir -p "$STAGE/guests"
cp "$cpio" "$STAGE/guests/"
echo "Debian $SUITE, $(du -h "$dir/disk.img" | cut -f 1)"
