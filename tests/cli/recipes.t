#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes from packages: which suites there are, what would be installed from where, and what is refused. Nothing is built.
. "${0%/*}/../lib.sh"

build=$TOP/boxes/build/box
recipe() { "$build" "$1" "$2" "$TEST_TMP/box" --print "${@:3}"; }
# Without the temporary directory, which has another name each time.
recipe_words() { recipe "$@" | sed 's,/var/tmp/[^/]*/,,g'; }
architecture=$(dpkg --print-architecture 2>/dev/null) || skip_all 'needs dpkg'

# --- every row of the table -------------------------------------------------------------------

while read -r name suite _; do
	for kind in vm rootfs; do
		exits 0 "$name: a $kind" recipe "$name" "$kind"
		like "$out" "^mmdebstrap .* $suite " "$name: of $suite"
		like "$out" 'openssh-server' "$name: with an SSH server"
		is "$(recipe_words "$suite" "$kind")" "$(recipe_words "$name" "$kind")" "$suite means the same"
	done
done < <(grep -v '^#' "$TOP/boxes/build/suites")

# --- what differs -----------------------------------------------------------------------------

run recipe debian/12 vm
like "$out" "linux-image-cloud-$architecture" 'Debian has a kernel for clouds'
like "$out" 'tiny-initramfs' 'which a tiny boot archive can load'
unlike "$out" 'cloud-init' 'and a systemd that takes credentials'
like "$out" 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg' 'by the keys of Debian'
like "$out" 'debian-security\\ bookworm-security' 'with what was fixed since'
run recipe debian/11 vm
like "$out" 'cloud-init' "Debian 11's systemd takes none"
unlike "$out" 'systemd-resolved[^.]' 'and has its resolver within'
run recipe debian/13 vm
like "$out" 'systemd-repart' 'Debian 13 has repart in a package of its own'
like "$out" 'initramfs-tools' 'and packed modules'
run recipe debian/sid rootfs
unlike "$out" 'sid-(updates|security)' 'unstable has no further suites'
run recipe ubuntu/24.04 vm
like "$out" 'linux-image-virtual' "Ubuntu's kernel"
like "$out" 'archive.ubuntu.com/ubuntu\\ noble\\ main\\ universe' 'from its archive'
like "$out" 'noble-updates.*noble-security' 'with its updates'
like "$out" 'signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg' 'by the keys of Ubuntu'
unlike "$out" 'debian.org' 'and nothing of Debian'
run recipe ubuntu/22.04 vm
like "$out" 'cloud-init' "Ubuntu 22.04's systemd takes no credentials"
run recipe debian/12 vm --mirror http://mirror.test/debian/
like "$out" 'http://mirror.test/debian/\\ bookworm-updates\\ main' 'a mirror is used'
unlike "$out" 'deb.debian.org' 'and no other'

# --- what is refused --------------------------------------------------------------------------

exits 64 'no arguments' "$build"
like "$err" 'DISTRO vm\|rootfs OUT' 'usage is shown'
exits 64 'an unknown distribution' recipe gentoo/1 vm
like "$err" "^error: there is no recipe for 'gentoo/1': known are debian/11, .*ubuntu/26.04$" 'all that are known are named'
exits 64 'an unknown kind' recipe debian/12 iso
exits 64 'an unknown option' recipe debian/12 vm --fast
exits 64 'an option without its value' recipe debian/12 vm --mirror
exits 64 'a mirror that is no URL' recipe debian/12 vm --mirror 'http://a b'
like "$err" "^error: 'http://a b' is no URL" 'is named'
if [ "$(id -u)" -ne 0 ]; then
	exits 69 'an ordinary user' "$build" debian/12 rootfs "$TEST_TMP/box"
	like "$err" 'needs root' 'cannot build'
elif [ ! -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ]; then
	exits 69 'a machine that lacks a package' "$build" ubuntu/24.04 rootfs "$TEST_TMP/box"
	like "$err" '^error: packages are missing: .*ubuntu-archive-keyring.*hint: .*Debian 13' 'it is named'
fi
done_testing
