#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian's Ansible over a VM and two containers, from this host and in a guest; and people's own data for cloud-init,
# which gets the VM a user of theirs and lets us in nevertheless.
. "${0%/*}/live.sh" cloud-vm tools-rootfs

command -v ansible-playbook >/dev/null || live_skip "ansible-core is not installed: try 'sudo make deps'"
export BOTHY_BOX_CATALOGS=$TEST_TMP/distros.json
www=$TEST_TMP/www
mkdir "$www" && serve "$www"
ln -s "$(box cloud-vm)" "$www/cloud.qcow2"
jq -n --arg url "$web/cloud.qcow2" '{ format: 1, distributions: [{ name: "my/cloud", title: "My Debian", images: [{
	provider: "kvm", architecture: "amd64", user: "debian", first_boot: ["nocloud"], urls: [$url] }] }] }' \
	>"$BOTHY_BOX_CATALOGS"

NAME='my project' project '
machine "vm" { box = "my/cloud", memory = "512M", boot_timeout = "15m", provision = {
  cloud_init { user_data = "user-data.yml" } } }
machine "one" { provider = "container", box = "@tools-rootfs@", memory = "256M", provision = {
  shell [[ echo before >/root/order ]],
  ansible "own.yml" { extra_vars = { word = "from the file" }, env = { MODE = "dev" } } } }
machine "two" { provider = "container", box = "@tools-rootfs@", memory = "256M", provision = {
  ansible "own.yml" { on = "guest", extra_vars = { word = "from inside" } } } }
once_all_up {
  ansible "site.yml" {
    groups = { web = { "vm", "one" }, db = { "t[a:z]o", "two" }, ["shop:children"] = { "web", "db" },
               ["shop:vars"] = { shop = "open" }, gone = { "nobody" } },
    host_vars = { vm = { role = "emulated" }, one = { role = "contained" } }, become = true } }'
cat >user-data.yml <<'END'
#cloud-config
ssh_deletekeys: true
disable_root: true
users:
  - name: bob
    shell: /bin/sh
  - name: debian
    ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO7eVtZDVFpCfZoJDWsNHHrHeJLYPMeq5ofrKFCJTGKm theirs]
write_files:
  - path: /etc/theirs
    content: grüß
END
cat >own.yml <<'END'
- hosts: all
  gather_facts: false
  tasks:
    - copy: { dest: /etc/own, content: "{{ inventory_hostname }} {{ word }}\n" }
END
cat >site.yml <<'END'
- hosts: web
  gather_facts: false
  tasks:
    - copy: { dest: /etc/site, content: "{{ inventory_hostname }} {{ role }} {{ shop }} {{ groups.shop | sort | join(' ') }}\n" }
- hosts: db:!gone
  gather_facts: false
  tasks:
    - command: hostname
      register: said
    - copy: { dest: /etc/site, content: "{{ said.stdout }} {{ shop }}\n" }
END
guest() { bothy ssh "$1" -c "$2"; }

run bothy trust
exits 0 'a VM and two containers come up' bothy up
is "$(guest one 'cat /etc/own')" 'one from the file' "a container's own playbook ran from here"
is "$(guest two 'cat /etc/own')" 'two from inside' 'another one ran it itself'
is "$(guest vm 'cat /etc/site')" 'vm emulated open one two vm' 'the playbook of all: the VM has its group and variables'
is "$(guest one 'cat /etc/site')" 'one contained open one two vm' '  so has the container'
is "$(guest two 'cat /etc/site')" 'two open' '  and the one of the other group'
like "$out" 'once +\| .*PLAY RECAP' 'what it says is shown'
like "$out" 'one +\| .*PLAY RECAP' 'with the name of who it is about'
is "$(pgrep -c -x ssh)" 0 'no connection of it is left'
is "$(find "$HOME/.ssh" -type f 2>/dev/null)" '' "nothing is written into the user's own known_hosts"
exits 0 'its inventory is for people, too' ansible -i .bothy/ansible/once/site.yml/inventory.yml web -m raw -a 'cat /etc/site'
like "$out" 'one contained' 'and leads to the machines'

# --- cloud-init ------------------------------------------------------------------------------

is "$(guest vm 'id -un bob')" bob "cloud-init: a user of people's own is there"
is "$(guest vm 'cat /etc/theirs')" 'grüß' 'and a file'
is "$(guest vm 'sudo cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub')" "$(cut -d ' ' -f 2 .bothy/machines/vm/host_ed25519.pub)" \
	'the host key is the one it was given'
is "$(guest vm 'sudo -n id -u')" 0 'and we may become root'

# --- again -----------------------------------------------------------------------------------

exits 0 'a second up' bothy up
like "$out" '^nothing to do' 'has nothing to do'
printf '%s\n' '    - copy: { dest: /etc/more, content: more }' >>own.yml
run bothy trust
exits 0 'a changed playbook' bothy up one
is "$(guest one 'cat /etc/more')" more 'runs again'
sed -i 's/^    - copy/    - fail: { msg: "cannot go on" }\n&/' own.yml
run bothy trust
exits 1 'a playbook that fails' bothy up one
like "$err" "error: provisioner 'own.yml' in 'one': ansible-playbook failed with status 2" 'says so'
like "$out$err" 'cannot go on' 'and why'
exits 0 'destroy' bothy destroy -f
done_testing
