#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy package of whole Debians: one that gets its identity from systemd's credentials, one that cloud-init sets up. The
# box has nothing of it any more, and whoever is made from that begins anew.
. "${0%/*}/live.sh" debian-vm cloud-vm

www=$TEST_TMP/www store=$TEST_TMP/boxes
mkdir "$www" "$store" && serve "$www"
ln -s "$(box cloud-vm)" "$www/cloud.qcow2"
export BOTHY_BOX_CATALOGS=$TEST_TMP/distros.json
jq -n --arg url "$web/cloud.qcow2" '{ format: 1, distributions: [{ name: "my/cloud", title: "My Debian", images: [{
	provider: "kvm", architecture: "amd64", user: "debian", first_boot: ["nocloud"], urls: [$url] }] }] }' \
	>"$BOTHY_BOX_CATALOGS"

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
guest() { bothy -C "${at[$1]}" ssh "$1" -c "$2"; }
# identity NAME COMMANDS: after those, what must differ: the machine's id, its host key, and what cloud-init calls it.
identity() {
	guest "$1" "$2"'cat /etc/machine-id; sudo cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub; cat /var/lib/cloud/data/instance-id 2>/dev/null'
}

# --- the first ones --------------------------------------------------------------------------

settings='memory = "512M", boot_timeout = "5m"'
declare -A at box=([deb]=@debian-vm@ [cloud]=my/cloud) lines=([deb]=2 [cloud]=3) old new
for name in deb cloud; do
	NAME=$name project "machine '$name' { box = '${box[$name]}', $settings }"
	at[$name]=$PROJECT
done
before=$(host_state)
began=$EPOCHREALTIME
is "$(in_both up)" '' 'a VM with credentials, and one with cloud-init'
for name in deb cloud; do
	old[$name]=$(identity "$name" "echo $name | sudo tee /srv/mine >/tmp/mine; ")
	is "$(wc -l <<<"${old[$name]}")" "${lines[$name]}" "$name has an identity"
done
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
for name in my/new-deb my/new-cloud my/cloud; do exits 0 "box remove $name" bothy box remove "$name"; done
PROJECT=${at[deb]}
is "$(host_state | grep -v ^file)" "$(grep -v ^file <<<"$before")" 'nothing stays'
done_testing
