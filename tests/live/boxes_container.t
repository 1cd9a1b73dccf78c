#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes of containers as people publish them, fetched from a web server and started: a tarball beside its sum, a Vagrant
# box from a catalog with two versions, an image of Incus, and one from a server with simplestreams.
. "${0%/*}/live.sh" debian-rootfs lxc-box incus-image

www=$TEST_TMP/www build=images/debian/bookworm/amd64/default
new=$build/20261115_05:24 old=$build/20261101_05:24
mkdir -p "$www"/acme "$www"/streams/v1 "$www/$new" && serve "$www"
export BOTHY_BOX_SERVERS=$web
sum() { sha256sum "$1" | cut -d ' ' -f 1; }

# --- what is published -----------------------------------------------------------------------

ln -s "$(box debian-rootfs)" "$www/rootfs.tar.zst"
echo "$(sum "$(box debian-rootfs)")  rootfs.tar.zst" >"$www/rootfs.tar.zst.sha256"
ln -s "$(box incus-image)" "$www/incus.tar.xz"
ln -s "$(box lxc-box)" "$www/acme/debian.box"
jq -n --arg sum "$(sum "$(box lxc-box)")" '{ name: "acme/debian", versions: [
	{ version: "0.5", providers: [{ name: "lxc", url: "gone.box" }] },
	{ version: "0.7", providers: [{ name: "lxc", url: "debian.box", checksum_type: "sha256", checksum: $sum },
		{ name: "virtualbox", url: "other.box" }] }] }' >"$www/acme/debian.json"

# As LXC's own server has it: of two builds, the newer one counts.
zstd -qdc "$(box debian-rootfs)" | xz -0 -T0 >"$www/$new/rootfs.tar.xz"
jq -n --arg new "$new" --arg old "$old" --arg sum "$(sum "$www/$new/rootfs.tar.xz")" \
	--argjson size "$(stat -c %s "$www/$new/rootfs.tar.xz")" '
	def build($path): { "incus.tar.xz": { ftype: "incus.tar.xz", path: ($path + "/incus.tar.xz"), size: 1 },
		"root.tar.xz": { ftype: "root.tar.xz", path: ($path + "/rootfs.tar.xz"), sha256: $sum, size: $size },
		"root.squashfs": { ftype: "squashfs", path: ($path + "/rootfs.squashfs"), size: 1 } };
	{ content_id: "images", datatype: "image-downloads", format: "products:1.0", products: {
		"debian:bookworm:amd64:default": { aliases: "debian/bookworm/default,debian/bookworm,debian/12/default,debian/12",
			arch: "amd64", os: "Debian", release: "bookworm", release_title: "bookworm", variant: "default",
			versions: { "20261101_05:24": { items: build($old) }, "20261115_05:24": { items: build($new) } } } } }' \
	>"$www/streams/v1/images.json"
echo '{"index":{"images":{"datatype":"image-downloads","path":"streams/v1/images.json","format":"products:1.0",
	"products":["debian:bookworm:amd64:default"]}},"format":"index:1.0"}' >"$www/streams/v1/index.json"

# --- all of them at once ---------------------------------------------------------------------

project '
defaults { provider = "container" }
machine "tar" { box = "rootfs" }
machine "twin" { box = "rootfs" }
machine "lxc" { box = "acme/debian", box_version = ">= 0.6" }
machine "incus" { box = "'"$web"'/incus.tar.xz" }
machine "stream" { box = "debian/12" }'
before=$(host_state)
guest() { bothy ssh "$1" -c "$2"; }
# How often it was fetched as a whole; what it is is asked by its first bytes.
fetched() { grep "^GET $1 status=200" "$TEST_TMP/requests" | grep -cE 'bytes=([0-9]+)/\1$'; }

exits 0 'box add of an address, with a name' bothy box add rootfs "$web/rootfs.tar.zst"
exits 0 'up' bothy up
for name in tar twin incus stream; do
	# shellcheck disable=SC2016 # for the guest
	is "$(guest "$name" 'id -un; hostname; . /etc/os-release; echo $ID')" "root"$'\n'"$name"$'\n'debian "$name lets root in"
done
is "$(guest lxc 'id -un; sudo id -un; hostname')" $'vagrant\nroot\nlxc' 'the Vagrant box lets in the user of such boxes'
is "$(guest lxc 'cut -d " " -f 2 ~/.ssh/authorized_keys')" "$(cut -d ' ' -f 2 .bothy/machines/lxc/id_ed25519.pub)" \
	'by our key, and by no key that everybody knows'
is "$(bothy box list --json | jq -r 'map(.name + " " + (.version // "-")) | sort | join(", ")')" \
	"acme/debian 0.7, debian/12 20261115_05:24, $web/incus.tar.xz -, rootfs -" 'the newest of each is in the store'
is "$(bothy box list --json | jq -c '[.[].in_use] | unique')" '[true]' 'and in use'
is "$(jq -r .sha256 bothy.lock | sort)" \
	"$(for file in rootfs.tar.zst acme/debian.box incus.tar.xz "$new/rootfs.tar.xz"; do sum "$www/$file"; done | sort)" \
	'the lock has the digests of what was published'
bothy ssh-config >"$TEST_TMP/config"
for name in tar lxc incus stream; do
	exits 0 "OpenSSH knows the host key of $name" ssh -F "$TEST_TMP/config" -o BatchMode=yes "$name" true
done
isnt_shared() { test "$(for name in tar twin lxc incus stream; do guest "$name" "$1"; done | sort -u | wc -l)" -eq 5; }
ok 'no two have the same machine id' isnt_shared 'cat /etc/machine-id'
ok 'nor the same host key' isnt_shared 'cat /etc/ssh/ssh_host_ed25519_key.pub'
is "$(guest tar 'stat -c "%a %U:%G" /usr/bin/su; getcap /usr/bin/ping | cut -d " " -f 2')" \
	$'4755 root:root\ncap_net_raw=ep' 'modes, owners and capabilities are those of the box'

# --- one copy --------------------------------------------------------------------------------

kib() { du -skx "$1" | cut -f 1; }
digest=$(sum "$(box debian-rootfs)")
tree=/var/lib/bothy/rootfs/$digest
tar_kib=$(($(zstd -qdc "$(box debian-rootfs)" | wc -c) / 1024))
guest twin 'rm -f /etc/motd && echo mine >/root/mine'
ok 'what one machine does to its root, another one does not see' guest tar 'test -e /etc/motd && test ! -e /root/mine'
ok 'nor does the box change' test ! -e "$tree/root/root/mine" -a -e "$tree/root/etc/motd"
ok 'which takes no more room than its files do' test "$(kib "$tree")" -le $((tar_kib + tar_kib / 20))
ok 'while two machines of it take little' test \
	"$(($(kib /var/lib/bothy/machines/*-tar-*) + $(kib /var/lib/bothy/machines/*-twin-*)))" -lt 24576
is "$(ls /var/lib/bothy/downloads /var/lib/bothy/tmp)" $'/var/lib/bothy/downloads:\n\n/var/lib/bothy/tmp:' \
	'and nothing is left of how it came'
is "$(fetched /rootfs.tar.zst)" 1 'it was fetched once'
exits 0 'box add of it again' bothy box add rootfs "$web/rootfs.tar.zst" --json
is "$(json .new)" false 'finds it in the store'
is "$(fetched /rootfs.tar.zst)" 1 'and does not fetch it'

exits 0 'init with the name of a box that is here' bothy init --output=- rootfs
like "$out" 'provider = "container"' 'knows that it is for containers'

# --- and none --------------------------------------------------------------------------------

exits 75 'box remove' bothy box remove rootfs
like "$err" "error: cannot remove box 'rootfs': it is used by machine '(tar|twin)' in '$PROJECT'" \
	'refuses while there is a machine of it'
exits 0 'destroy one of two' bothy destroy -f tar
exits 75 'box remove' bothy box remove rootfs
like "$err" "machine 'twin'" 'still refuses'
exits 0 'destroy the rest' bothy destroy -f
exits 0 'box remove' bothy box remove rootfs
ok 'frees it' test ! -e "$tree"
exits 0 'up comes by the lock, with nothing else' bothy up twin
is "$(guest twin hostname)" twin 'and the box is there again'
exits 0 'destroy it' bothy destroy -f
for name in rootfs acme/debian debian/12 "$web/incus.tar.xz"; do exits 0 "box remove $name" bothy box remove "$name"; done
is "$(bothy box list --json)" '[]' 'no box is left'
is "$(find /var/lib/bothy -mindepth 2 ! -path '*/locks/*' ! -name '*.lock')" '' 'nor anything of them but locks'
is "$(host_state | grep -v bothy.lock)" "$before" 'nor of the machines'
done_testing
