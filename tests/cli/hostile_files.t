#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Folders and files of provisioners that are not in the project: nothing of them is read before the file is trusted.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/hostile.sh"

trusted() { bothy trust --show --json | jq .trusted; }

# needs_trust WHAT PATH NEEDED: the file here wants that path of this host, gets nothing of it, and all of it once it is
# trusted; a refusal says what is needed for what.
needs_trust() {
	for words in plan 'plan --json' validate status 'trust --show' 'up --no-input' 'up --frozen --no-input' lock; do
		# shellcheck disable=SC2086 # words
		traced $words
		untouched "$1, $words"
	done
	exits 0 'the plan' bothy plan
	like "$out" '; needs trust' '  tells that trust is needed'
	exits 0 'what is wanted' bothy trust --show
	like "$out" "bothy.lua:[0-9]+: reaches out of the project, .*: $2"$'\n' '  is told with its line'
	exits 1 'up' bothy up --json
	is "$(json .error.kind)" declined '  is refused'
	like "$(json .error.message)" "which is needed for $3 of machine 'default' \(bothy.lua:[13]\)\$" '  for what the file has there'
	is "$(engine .)" null '  before anything is made'
	exits 0 'once it is trusted' bothy trust
	exits 0 'up' bothy up
	is "$(states)" default=running '  does it'
	bothy destroy -f -q
	bothy trust --remove >/dev/null
	rm -rf "$BOTHY_HOME"/fake.json .bothy
}

hostile_project
machine_with 'folders = { ["../outside/.ssh"] = "/root/.ssh" },'
needs_trust 'a folder by ..' "$OUTSIDE/.ssh" 'the folder at /root/.ssh'
ln -s "$OUTSIDE" linked
machine_with 'folders = { ["./linked"] = "/srv" },'
needs_trust 'a folder by a link' "$OUTSIDE" 'the folder at /srv'
machine_with 'folders = { ["./linked/.ssh"] = "/srv" },'
needs_trust 'a folder below a link' "$OUTSIDE/.ssh" 'the folder at /srv'
machine_with 'folders = { ["/"] = "/host" },'
needs_trust 'the root' / 'the folder at /host'
mkdir -p "$HOME/.ssh"
machine_with 'folders = { ["~/.ssh"] = "/srv" },'
needs_trust 'the keys of the user' "$HOME/.ssh" 'the folder at /srv'

machine_with 'provision = { upload "../outside/.ssh/id_rsa" "/tmp/x" },'
needs_trust 'an upload by ..' "$OUTSIDE/.ssh/id_rsa" "provisioner 'id_rsa'"
machine_with "provision = { upload '$OUTSIDE' '/tmp/x' },"
needs_trust 'an upload of a directory' "$OUTSIDE" "provisioner 'outside'"
ln -s "$OUTSIDE/secret.lua" script.sh
machine_with 'provision = { script "script.sh" },'
needs_trust 'a script by a link' "$OUTSIDE/secret.lua" "provisioner 'script.sh'"
machine_with 'provision = { upload "/etc/shadow" "/tmp/x" },'
run bothy up --no-input
like "$err" 'reaches out of the project, .*: /etc/shadow' 'what everybody tries first'
is "$(engine .)" null '  is not done'

# What was inside and leads out later is something else.
mkdir data && echo hello >data/file
machine_with 'folders = { ["./data"] = "/data" }, provision = { upload "data" "/srv" }, hooks = { before_up = host "true" },'
ln -s "$OUTSIDE/.ssh" data/link
bothy trust >/dev/null
is "$(trusted)" true 'a directory of the project'
traced up
is "$status" 0 'is uploaded'
untouched 'links in it are not followed'
mv data inside && ln -s "$OUTSIDE" data
is "$(trusted)" false 'led elsewhere it is not trusted any more'
traced up --no-input
is "$status" 1 'nor is anything done'
untouched 'so'
rm data && ln -s inside data
is "$(trusted)" true 'a link that stays in the project is trusted'

# Playbooks of this host are programs: their content is what is trusted.
printf -- '- hosts: all\n  tasks: []\n' >site.yml
machine_with 'provision = { ansible "site.yml" { on = "host" } },'
exits 0 'a playbook for this host' bothy plan
like "$out" 'provision site.yml .*; needs trust' 'needs trust'
bothy trust >/dev/null
is "$(trusted)" true 'and gets it'
echo '# more' >>site.yml
is "$(trusted)" false 'a changed one needs it again'
mkdir -p roles/web/tasks filter_plugins other && ln -s .. roles/web/loop && ln -s ../../other roles/web/files
for file in roles/web/tasks/main.yml filter_plugins/x.py ansible.cfg more.yml other/file; do
	bothy trust >/dev/null
	is "$(trusted)" true 'trusted'
	echo x >>"$file"
	is "$(trusted)" false "so does $file"
done
bothy trust >/dev/null
echo x >>README.md
is "$(trusted)" true 'but not what Ansible never reads'
machine_with 'provision = { ansible "site.yml" { on = "guest" } },'
is "$(bothy plan --json | jq '[.steps[].needs_trust] | any')" false 'one for the guest needs none'
done_testing
