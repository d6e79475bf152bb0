# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's archive through an apt state of our own under build/cache/apt: the
# system's sources, architectures and package lists stay as they are, while its
# proxy, certificates and credentials serve (only -o options are added to the
# system's configuration). Signatures are checked as always. Sourced.

KEYRING=/usr/share/keyrings/debian-archive-keyring
DEB_NATIVE=$(dpkg --print-architecture)

# The mirror that this machine uses already, so that a local mirror serves
archive_mirror() {
	local uri
	uri=${AVCPU_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep -m 1 '/debian/*$' || :)}
	uri=${uri:-http://deb.debian.org/debian}
	printf '%s' "${uri%/}"
}

archive_security_mirror() {
	local mirror
	mirror=$(archive_mirror)
	printf '%s' "${AVCPU_SECURITY_MIRROR:-${mirror%/debian}/debian-security}"
}

# archive_key: the file with the archive's public keys
archive_key() {
	local key=$KEYRING.gpg
	[ -e "$key" ] || key=$KEYRING.pgp
	[ -e "$key" ] || die "no $key: install debian-archive-keyring"
	printf '%s' "$key"
}

# archive_open SUITE...: makes the state of these suites and reads their
# indices. Called only when something has to be fetched, so always up to date.
archive_open() {
	local key mirror security suite
	ARCHIVE_SUITES=$*
	ARCHIVE_STATE=$CACHE/apt/${*// /+}
	ARCHIVE_STATE=${ARCHIVE_STATE// /+}
	key=$(archive_key)
	mirror=$(archive_mirror)
	security=$(archive_security_mirror)

	mkdir -p "$ARCHIVE_STATE"/{lists,cache/archives,parts}
	: >"$ARCHIVE_STATE/status"
	for suite; do
		case $suite in
		*-security) printf 'deb [signed-by=%s] %s %s main\n' "$key" "$security" "$suite" ;;
		*) printf 'deb [signed-by=%s] %s %s main\n' "$key" "$mirror" "$suite" ;;
		esac
	done >"$ARCHIVE_STATE/sources.list"
	# the highest version wins, backports or not
	printf 'Package: *\nPin: release o=*\nPin-Priority: 500\n' >"$ARCHIVE_STATE/preferences"

	ARCHIVE_OPTIONS=(
		-o "Dir::State=$ARCHIVE_STATE"
		-o "Dir::State::lists=$ARCHIVE_STATE/lists"
		-o "Dir::State::status=$ARCHIVE_STATE/status"
		-o "Dir::Cache=$ARCHIVE_STATE/cache"
		-o "Dir::Cache::pkgcache=pkgcache.bin"
		-o "Dir::Etc::sourcelist=$ARCHIVE_STATE/sources.list"
		-o "Dir::Etc::sourceparts=$ARCHIVE_STATE/parts"
		-o "Dir::Etc::preferences=$ARCHIVE_STATE/preferences"
		-o "Dir::Etc::preferencesparts=$ARCHIVE_STATE/parts"
		-o "APT::Architectures::=$DEB_NATIVE"
		-o "APT::Architectures::=arm64"
		-o "APT::Sandbox::User=$(id -un)"
		-o "Acquire::Languages=none"
		-o "Acquire::Retries=3"
	)
	echo "reading the indices of: $*"
	apt-get "${ARCHIVE_OPTIONS[@]}" update -q --error-on=any || archive_help \
		"apt could not read $* from $mirror (or $security)"
}

# archive_help PROBLEM: dies, and says what to do
archive_help() {
	die "$1
If the network or a proxy is the cause: the proxy is taken from the system's apt
configuration, the mirror from its sources or AVCPU_MIRROR=http://HOST/debian (and
AVCPU_SECURITY_MIRROR). If the archive changed its layout (a suite or a package
was renamed): the names are in tools/host/kernels.tab and tools/host/fixtures.sh."
}

# archive_depends PACKAGE REGEX: the dependencies of PACKAGE that match
archive_depends() {
	local found
	found=$(apt-cache "${ARCHIVE_OPTIONS[@]}" show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Depends: //p' | tr ',|' '\n\n' |
		sed 's/^ *//; s/[ (].*//' | grep -E "$2" | sort -u || :)
	[ -n "$found" ] || archive_help "no package $1 with a dependency on $2 in: $ARCHIVE_SUITES"
	printf '%s\n' "$found"
}

# archive_closure PACKAGE: it and all that it depends on, down to libc6, whatever
# this machine has installed
archive_closure() {
	apt-get "${ARCHIVE_OPTIONS[@]}" -s -q --no-install-recommends install "$1" |
		sed -n -E 's/^Inst ([^ ]+) .*/\1/p' | grep . ||
		archive_help "$1 cannot be installed from: $ARCHIVE_SUITES"
}

# archive_extract DIR PACKAGE...: downloads into the cache, unpacks under DIR
# and forgets the packages
archive_extract() {
	local dir=$1 debs=$ARCHIVE_STATE/debs deb
	shift
	rm -rf "$debs"
	mkdir -p "$debs" "$dir"
	(cd "$debs" && apt-get "${ARCHIVE_OPTIONS[@]}" download -q "$@") ||
		archive_help "could not download $*"
	for deb in "$debs"/*.deb; do
		echo "unpacking ${deb##*/}"
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$debs"
}

# archive_source DIR PACKAGE [MEMBER...]: the kernel's source that PACKAGE
# (linux-source-VERSION) holds as DIR, whole or only these members of it
archive_source() {
	local dir=$1 package=$2 unpack=$1.unpack
	shift 2
	rm -rf "$unpack" "$dir.new"
	archive_extract "$unpack" "$package"
	mkdir -p "$dir.new"
	tar -xf "$unpack/usr/src/$package.tar.xz" -C "$dir.new" --strip-components=1 "${@/#/$package/}"
	rm -rf "$unpack"
	mv "$dir.new" "$dir"
}
