#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Examples are planned as they stand, but for their boxes and engines.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# example NAME: enters a copy of it.
example() {
	new_project_named "$1"
	cp -r "$TOP/examples/$1/." .
	make_box box.img
	sed -i 's,"\.\./boxes/[^"]*","box.img",; s,provider *= "[a-z]*",provider = "fake",' bothy.lua
}
provisions() { bothy plan --json | jq -r '[.steps[] | select(.kind == "provision") | .id] | join(" ")'; }

example provisioning-options
is "$(provisions)" "$(echo app/provision/{shell-1,account,app,shell-2,password})" 'options: in their order, without what runs never'
exits 0 'as they are told' bothy plan
like "$out" 'password  *has not run, sensitive' 'one is sensitive'
exits 0 'the one that runs never' bothy plan --provision-with reset
like "$out" 'provision reset  *asked for' 'runs when it is asked for'

example once-all-up
is "$(provisions)" 'once/site.yml once/check' 'once_all_up: the playbook, then the check'
is "$(bothy plan --json | jq -r '.steps[] | select(.id == "once/site.yml") | .machine, (.needs | sort | join(" "))' | xargs)" \
	'null db/start web-1/start web-2/start' 'on this host, behind all machines'

example from-vagrant
is "$(NODES=1 provisions)" "$(echo db/provision/{tools,db.sh} web-1/provision/{tools,app.conf,ping,user})" \
	'from-vagrant: in the order of the Vagrantfile'
done_testing
