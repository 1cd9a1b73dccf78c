#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy package of whole Debians: one that gets its identity from systemd's credentials, one that cloud-init sets up, from
# a distribution's catalog. The box has nothing of it any more, and whoever is made from that begins anew.
. "${0%/*}/live.sh" debian-vm cloud-vm

www=$TEST_TMP/www store=$TEST_TMP/boxes
mkdir -p "$www/images/20261101" "$store" && serve "$www"
export BOTHY_BOX_SERVERS=$web BOTHY_BOX_CATALOGS=$TEST_TMP/distros.json

# A distribution, in whose image there is nobody but cloud-init to ask.
ln -s "$(box cloud-vm)" "$www/images/20261101/mydebian-12-20261101.qcow2"
ln -s "20261101/mydebian-12-20261101.qcow2" "$www/images/mydebian-12.qcow2"
sha512sum "$(box cloud-vm)" | sed 's/ .*/  mydebian-12-20261101.qcow2/' >"$www/images/20261101/SHA512SUMS"
echo '{"data": {"version": "20261101"}}' >"$www/images/mydebian-12.json"
jq -n --arg at "$web/images" '{ format: 1, distributions: [{ name: "mydebian/12", title: "My Debian 12", images: [{
	provider: "kvm", architecture: "amd64", user: "debian", first_boot: ["nocloud"],
	urls: [$at + "/{version}/mydebian-12-{version}.qcow2", $at + "/mydebian-12.qcow2"],
	sums: [$at + "/{version}/SHA512SUMS"],
	version: { from: ($at + "/mydebian-12.json"), pattern: "\"version\": \"*\"" } }] }] }' >"$BOTHY_BOX_CATALOGS"

# in_both WORDS…: bothy with these words in both projects at once, "@" being the name of each; says what failed.
in_both() {
	local name jobs=()
	for name in deb cloud; do
		bothy -C "${at[$name]}" "${@//@/$name}" >"$TEST_TMP/$name.log" 2>&1 </dev/null &
		jobs+=($!)
	done
	wait "${jobs[0]}" || cat "$TEST_TMP/deb.log"
	wait "${jobs[1]}" || cat "$TEST_TMP/cloud.log"
}
named='' # not empty where there is more than one machine to a project
guest() { bothy -C "${at[$1]}" ssh ${named:+"$1"} -c "$2"; }
# identity NAME COMMANDS: after those, what must differ: the machine's id, its host key, and what cloud-init calls it.
identity() {
	guest "$1" "$2"'cat /etc/machine-id; sudo cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub; cat /var/lib/cloud/data/instance-id 2>/dev/null'
}

# --- the first ones --------------------------------------------------------------------------

settings='memory = "512M", boot_timeout = "15m"'
declare -A at lines=([deb]=2 [cloud]=3) old new
NAME=deb project "machine 'deb' { box = '@debian-vm@', $settings }"
at[deb]=$PROJECT
before=$(host_state)
NAME=cloud project ''
at[cloud]=$PROJECT
rm bothy.lua
exits 0 'init with the name that the catalog knows' bothy init mydebian/12
unlike "$err" 'note|not found' 'has nothing to say against it'
sed -i "s/-- memory = \"1G\"/$settings/" bothy.lua
began=$EPOCHREALTIME
is "$(in_both up)" '' 'a VM with credentials, and one with cloud-init'
for name in deb cloud; do
	old[$name]=$(identity "$name" "echo $name | sudo tee /srv/mine >/tmp/mine; ")
	is "$(wc -l <<<"${old[$name]}")" "${lines[$name]}" "$name has an identity"
done
took 200 'all of that'

# --- a distribution's image took two commands ------------------------------------------------

is "$(guest cloud 'id -un; sudo id -un; hostname')" $'debian\nroot\ndefault' 'and lets in the user that its catalog tells'
is "$(guest cloud 'cat /sys/firmware/dmi/entries/11-*/raw 2>/dev/null | grep -c tmpfiles')" 0 'with no credentials of systemd'
is "$(guest cloud 'cat /run/cloud-init/cloud-id; ls /dev/disk/by-label/cidata')" $'nocloud\n/dev/disk/by-label/cidata' \
	'but by a disk for cloud-init'
bothy ssh-config >"$TEST_TMP/config"
exits 0 'OpenSSH knows its host key' ssh -F "$TEST_TMP/config" -o BatchMode=yes default true
is "$(jq -r '[.version, .sha256, (.urls | length)] | join(" ")' bothy.lock)" "20261101 $(sha256sum <"$(box cloud-vm)" | cut -d ' ' -f 1) 1" \
	'the lock has its version and digest'
like "$(jq -r '.urls[0]' bothy.lock)" '/20261101/mydebian-12-20261101.qcow2$' 'and the address that stays as it is'
exits 0 'a second up' bothy up
like "$out" '^nothing to do' 'has nothing to do'
pool=$(virsh pool-dumpxml bothy | sed -n 's,.*<path>\(.*\)</path>,\1,p')
bytes=$(stat -c %s "$(box cloud-vm)")
ok 'its base takes the room that the image has' \
	test "$(du -k "$(find "$pool" -name 'base-*' -size "${bytes}c")" | cut -f 1)" -le $((bytes / 1024 + 64))
exits 75 'box remove' bothy box remove mydebian/12
like "$err" "error: cannot remove box 'mydebian/12': it is used by machine 'default' in '$PROJECT'" \
	'refuses while there is a machine of it'

# --- boxes of both ---------------------------------------------------------------------------

began=$EPOCHREALTIME
is "$(in_both package --output "$store/@.box")" '' 'boxes of both'
took 200 'all of that'

# --- the boxes -------------------------------------------------------------------------------

# look COMMAND: what debugfs says of the disk.
look() { debugfs -R "$1" "$TEST_TMP/raw?offset=$((4096 * 512))" 2>/dev/null; }
names_in() { look "ls -p $1" | cut -d / -f 6 | grep -vxE '\.|\.\.|' | xargs; }
for name in deb cloud; do
	tar -xf "$store/$name.box" -C "$TEST_TMP" box.img
	qemu-img convert -q -O raw "$TEST_TMP/box.img" "$TEST_TMP/raw"
	is "$(look 'cat /srv/mine')" "$name" "$name: what was written is in the box"
	is "$(look 'cat /etc/machine-id')$(names_in /etc/ssh | tr ' ' '\n' | grep host)$(look 'cat /root/.ssh/authorized_keys')" '' \
		'  but no machine id, no host key, and nobody who may log in'
	is "$(look 'cat /etc/hostname') $(names_in /tmp) $(names_in /var/log/journal)" 'localhost  ' '  no name, and no log'
	is "$(look 'ls -p /var/lib/systemd' | grep -c random-seed)" 0 '  no seed of random numbers'
done
is "$(look 'cat /home/debian/.ssh/authorized_keys')" '' "cloud: nobody may log in as its user"
is "$(names_in /var/lib/cloud | tr ' ' '\n' | grep -xE 'instances?|data|sem' | xargs; names_in /var/log | grep -o cloud-init)" '' \
	'  and of cloud-init there is no trace'

# --- others ----------------------------------------------------------------------------------

for name in deb cloud; do exits 0 "box add my/new-$name" bothy box add --name "my/new-$name" "$store/$name.box"; done
named=yes
NAME=new project "machine 'deb' { box = 'my/new-deb', $settings } machine 'cloud' { box = 'my/new-cloud', $settings }"
began=$EPOCHREALTIME
exits 0 'up, in another project' bothy up
took 200 'the new ones'
for name in deb cloud; do
	first=${at[$name]} at[$name]=$PROJECT
	new[$name]=$(identity "$name" '')
	is "$(wc -l <<<"${new[$name]}")" "${lines[$name]}" "$name has an identity"
	is "$(grep -cxF "${old[$name]}" <<<"${new[$name]}")" 0 '  that is another one'
	has=$(guest "$name" 'hostname; cat /srv/mine; sudo journalctl --list-boots -o json | grep -o boot_id
		sudo sh -c "cat /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys 2>/dev/null"')
	is "$(grep -v ssh- <<<"$has" | xargs)" "$name $name boot_id" '  what was written in the old one, and remembers one boot'
	is "$(grep -o 'AAAA[^ ]*' <<<"$has" | sort -u)" "$(cut -d ' ' -f 2 ".bothy/machines/$name/id_ed25519.pub")" '  and lets in us only'
	exits 0 "  $name: destroy of the old one" bothy -C "$first" destroy -f
done
is "$(guest cloud 'cloud-init status --wait | tr -d .; cat /run/cloud-init/cloud-id; ls /var/lib/cloud/instances
	sudo grep -c '"'$(tail -n 1 <<<"${old[cloud]}")'"' /var/log/cloud-init.log')" \
	$'\nstatus: done\nnocloud\n'"$(tail -n 1 <<<"${new[cloud]}")"$'\n0' \
	'cloud-init did its work, for this machine, and never heard of the other one'
exits 0 'destroy' bothy destroy -f
for name in my/new-deb my/new-cloud mydebian/12; do exits 0 "box remove $name" bothy box remove "$name"; done
PROJECT=${at[deb]}
is "$(host_state | grep -v ^file)" "$(grep -v ^file <<<"$before")" 'nothing stays'
done_testing
