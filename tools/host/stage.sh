#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# stage.sh: builds avcpu-run and the selftests and puts together build/stage,
# which the host sees at /avcpu: bin/ (also the scripts of tools/host/in-host),
# selftests/, guests/.

. "$(dirname "$0")/lib.sh"

user=$BUILD/user
have=()

# build_user DIR: what is not in the tree yet is left out
build_user() {
	if [ ! -e "$TOP/$1/Makefile" ]; then
		have+=("no $1 yet")
		return 1
	fi
	mkdir -p "$user/${1##*/}"
	make -C "$TOP/$1" -j"$(nproc)" O="$user/${1##*/}" CROSS_COMPILE="$CROSS_COMPILE" \
		LIBFDT="$CACHE/fixtures/libfdt" || exit	# set -e is off in a condition
	have+=("${1##*/}")
}

rm -rf "$STAGE.new"
mkdir -p "$STAGE.new"/{bin,selftests,guests}
cp -l "$CACHE/fixtures/u-boot.bin" "$STAGE.new/guests/" 2>/dev/null ||
	cp "$CACHE/fixtures/u-boot.bin" "$STAGE.new/guests/"
cp "$HOSTDIR"/in-host/* "$STAGE.new/bin/"
if build_user tools/avcpu-run; then
	cp "$user/avcpu-run/avcpu-run" "$STAGE.new/bin/"
fi
if build_user selftests; then
	find "$user/selftests" -maxdepth 1 -type f -perm -100 -exec cp -t "$STAGE.new/selftests" {} +
	cp "$user/selftests/bench/avcpu-bench" "$STAGE.new/bin/"
	find "$user/selftests/guests" -maxdepth 1 -type f -exec cp -t "$STAGE.new/guests" {} +
fi
# in place, since a running host may have the directory mounted
mkdir -p "$STAGE"
rm -rf "${STAGE:?}"/*
mv "$STAGE.new"/* "$STAGE/"
rmdir "$STAGE.new"
(IFS=,; echo "${have[*]}" | sed 's/,/, /g')
