#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes of VMs as people publish them, fetched from a web server and booted: Vagrant boxes of both formats from a catalog
# with two versions, a disk image beside its sums. package_debian.t has a cloud image of a distribution.
. "${0%/*}/live.sh" vagrant-box vagrant-box-v2 tiny-vm

www=$TEST_TMP/www
mkdir -p "$www"/{acme,images} && serve "$www"
export BOTHY_BOX_SERVERS=$web
sum() { sha256sum "$1" | cut -d ' ' -f 1; }

# A catalog as Vagrant's users write it. Two versions of one box, each of another format.
ln -s "$(box vagrant-box)" "$www/acme/tiny-0.5.box"
ln -s "$(box vagrant-box-v2)" "$www/acme/tiny-0.7.box"
jq -n --arg old "$(sum "$(box vagrant-box)")" --arg new "$(sum "$(box vagrant-box-v2)")" --arg web "$web" '
	def version($v; $url; $sum): { version: $v, providers: [{ name: "libvirt", url: $url, checksum_type: "sha256",
		checksum: $sum, architecture: "amd64", default_architecture: true }] };
	{ name: "acme/tiny", description: "Tiny Linux", versions: [
		version("0.5"; $web + "/acme/tiny-0.5.box"; $old), version("0.7"; "tiny-0.7.box"; $new)] }' \
	>"$www/acme/tiny.json"

# A disk image beside its sums.
qemu-img convert -q -O raw "$(box tiny-vm)" "$TEST_TMP/tiny.raw"
zstd -q -3 "$TEST_TMP/tiny.raw" -o "$www/images/tiny.raw.zst"
(cd "$www/images" && sha256sum tiny.raw.zst >SHA256SUMS)

guest() { bothy ssh "$1" -c "$2"; }
pool() { virsh pool-dumpxml bothy | sed -n 's,.*<path>\(.*\)</path>,\1,p'; }
volumes() { virsh -q vol-list bothy 2>/dev/null | awk '{ print $1 }'; }

# --- a catalog with two versions, and an address ---------------------------------------------

NAME=boxes project '
defaults { memory = 128 }
machine "v1" { box = "acme/tiny", box_version = "~> 0.5.0" }
machine "v2" { box = "acme/tiny", box_version = ">= 0.6" }
machine "raw" { box = "'"$web"'/images/tiny.raw.zst" }'
before=$(host_state)
exits 0 'box add by name, with a constraint' bothy box add acme/tiny --box-version '< 0.6' --json
is "$(json '[.name, .version, .provider, .new]')" '["acme/tiny","0.5","kvm",true]' 'brings the newest that fits'
exits 0 'up' bothy up
like "$out$err" "replaced the box's well-known key" 'replaces the keys that everybody knows'
is "$(bothy box list --json | jq -r 'map(.name + " " + (.version // "-")) | sort | join(", ")')" \
	"$(printf '%s\n' 'acme/tiny 0.5' 'acme/tiny 0.7' "$web/images/tiny.raw.zst -" | paste -sd, | sed 's/,/, /g')" \
	'all three are in the store'
for name in v1 v2; do is "$(guest "$name" 'id -un; hostname')" $'vagrant\n'"$name" "$name lets in the user of Vagrant's boxes"; done
is "$(guest raw 'id -un; hostname')" $'root\nraw' 'the plain image lets in root'
is "$(guest v1 'ls /sys/block | grep -c vd')" 1 'a box of the first format has one disk'
is "$(guest v2 'ls /sys/block | grep vd | xargs')" 'vda vdb' 'one of the second format has its two'
is "$(guest v2 'sudo sh -c "mount /dev/vdb /tmp && cat /tmp/greeting"')" hello 'with what is on them'
exits 0 'which can be written to' guest v2 'echo mine | sudo tee /tmp/greeting >/dev/null && sudo umount /tmp'
bothy ssh-config >"$TEST_TMP/config"
for name in v1 v2 raw; do
	exits 0 "OpenSSH knows the host key of $name" ssh -F "$TEST_TMP/config" -o BatchMode=yes "$name" true
done

# --- one copy --------------------------------------------------------------------------------

kib() { du -skc "$@" | sed -n '$s/\t.*//p'; }
bytes=$(stat -c %s "$TEST_TMP/tiny.raw")
is "$(stat -c %s "$(pool)"/base-*.raw)" "$bytes" 'a raw image is as long as it was'
ok 'and has holes where there is nothing' test "$(kib "$(pool)"/base-*.raw)" -lt $((bytes / 1024 / 4))
is "$(volumes | grep -c '^base-')" 4 'of each disk of each box there is one copy'
ok 'what three machines have of their own is little' test "$(kib "$(pool)"/boxes-*)" -lt $((48 * 1024))
ok 'and nothing of a VM is anywhere else' test "$(kib /var/lib/bothy)" -lt 1024

truncate -s 1G "$TEST_TMP/holes.raw"
mkdir "$TEST_TMP/data" && head -c 16M /dev/urandom >"$TEST_TMP/data/noise"
mke2fs -q -t ext4 -d "$TEST_TMP/data" "$TEST_TMP/holes.raw"
zstd -q -3 "$TEST_TMP/holes.raw" -o "$www/images/holes.raw.zst"
exits 0 'an image of 1 GiB in which 16 MiB are data' bothy box add holes "$web/images/holes.raw.zst"
ok 'takes less than twice that' test "$(kib "$(find "$(pool)" -name 'base-*' -size "$((1 << 30))c")")" -lt $((32 * 1024))

# --- and none --------------------------------------------------------------------------------

exits 64 'box remove of a name with two versions' bothy box remove acme/tiny
like "$err" "there are 2 boxes 'acme/tiny': 0.7 .*0.5 .*hint: .*--box-version" 'asks which one'
exits 0 'destroy' bothy destroy -f
for name in holes "$web/images/tiny.raw.zst"; do exits 0 "box remove $name" bothy box remove "$name"; done
exits 0 'box remove of one version' bothy box remove acme/tiny --box-version 0.5
is "$(bothy box list --json | jq -r 'map(.name + " " + .version) | join(", ")')" 'acme/tiny 0.7' 'leaves the other'
exits 0 'box remove --all' bothy box remove acme/tiny --all
is "$(virsh -q vol-list bothy)" '' 'no volume is left'
is "$(ls -A "$(pool)")" '' 'nor a marker'
is "$(find /var/lib/bothy -mindepth 2)" '' 'nor anything in the store'
is "$(host_state)" "$before" 'nor of the machines'
done_testing
