#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ansible on this host, by a program that writes down what it is given: its words, environment, inventory and variables,
# what becomes of them afterwards, and what is remembered.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# asked: what the programs in $PATH were asked for by the last command, a line each.
asked() { sed "s#$PROJECT#PROJECT#g; s#$XDG_RUNTIME_DIR/bothy-ansible\.[^/]*#PASSING#g" "$TEST_TMP/asked"; }
# up STATUS DESCRIPTION: 'bothy up' of a file that is trusted.
up() {
	: >"$TEST_TMP/asked"
	run bothy trust
	exits "$1" "$2" bothy up
}
passing() { find "$XDG_RUNTIME_DIR" -mindepth 1 | wc -l; }
mode() { stat -c %a "$1"; }

mkdir "$TEST_TMP/bin"
PATH=$TEST_TMP/bin:$PATH
cat >"$TEST_TMP/bin/ansible-playbook" <<END
#!/bin/bash
echo "\${0##*/} \$*" >>'$TEST_TMP/asked'
env | sort >'$TEST_TMP/environment'
pwd >>'$TEST_TMP/environment'
for word; do [[ \$word != --extra-vars=@* ]] || cp "\${word#*@}" '$TEST_TMP/variables'; done
echo "PLAY [\${0##*/}]"; echo careful >&2
[[ ! -e fails ]] || exit 4
[[ ! -e hangs ]] || { sleep 600 & echo "\$! sleeps" >'$TEST_TMP/hanging'; wait; }
END
chmod +x "$TEST_TMP/bin/ansible-playbook"
ln -s ansible-playbook "$TEST_TMP/bin/ansible-galaxy"

# --- what it is given ------------------------------------------------------------------------

project_with() { # FIELDS: those of the ansible provisioner of once_all_up{}
	cat >bothy.lua <<-END
		defaults { box = "box.img" }
		machine "web1" {} machine "web2" { ssh = { user = "debian", port = 2200 } }
		machine "off" { autostart = false }
		once_all_up { ansible "site.yml" { $1 } }
	END
}

new_project
make_box box.img
echo '- hosts: all' >site.yml
project_with 'groups = { web = { "web[1:9]" }, ["all:vars"] = { x = 1 }, ["site:children"] = { "web", "gone" } },
	host_vars = { web1 = { port = 80 } }, extra_vars = { secret = "hush", list = { 1, 2 } }, tags = { "a", "b" },
	become = true, verbose = "vv", args = { "--check", "-e", "y=1 2" }, env = { MODE = "dev", PYTHONUNBUFFERED = "0" }'
up 0 'a playbook for all machines'
is "$(asked)" "ansible-playbook --inventory=PROJECT/.bothy/ansible/once/site.yml/inventory.yml --become \
--extra-vars=@PASSING/extra-vars.json --tags=a,b -vv --check -e y=1 2 PROJECT/site.yml" 'each option is a word'
like "$out" 'once +\| PLAY \[ansible-playbook\]' 'what it says is shown'
like "$out$err" 'once +\| careful' 'also its warnings'
inventory=.bothy/ansible/once/site.yml/inventory.yml
is "$(jq -c '.all | [(.hosts | keys), .children, .vars]' $inventory)" \
	'[["web1","web2"],{"site":{"children":{"web":{}}},"web":{"hosts":{"web1":{},"web2":{}}}},{"x":1}]' \
	'the inventory has the machines that run, and the groups'
is "$(jq -r '.all.hosts.web2 | "\(.ansible_user) \(.ansible_port) \(.ansible_ssh_private_key_file)"' $inventory)" \
	"debian 2200 $PROJECT/.bothy/machines/web2/id_ed25519" 'our way to each'
is "$(jq -r .all.hosts.web1.port $inventory)" 80 'its variables'
like "$(cat .bothy/ansible/once/site.yml/known_hosts)" '^[0-9.]+ ssh-ed25519 .*\[[0-9.]+\]:2200 ssh-ed25519 ' \
	'and the host key of each, with the port where it is another one'
is "$(mode .bothy/ansible/once/site.yml) $(mode $inventory)" '700 600' 'nobody else may read them'
is "$(jq -cS . "$TEST_TMP/variables")" '{"list":[1,2],"secret":"hush"}' 'variables are in a file'
is "$(passing)" 0 'which is gone'
is "$(grep -rl hush .bothy)" '' 'with all it said'
for line in MODE=dev PYTHONUNBUFFERED=0 ANSIBLE_HOST_KEY_CHECKING=true ANSIBLE_FORCE_COLOR=false "$PROJECT"; do
	ok "its environment: ${line/$PROJECT/the project}" grep -qxF "$line" "$TEST_TMP/environment"
done

# --- what is remembered ----------------------------------------------------------------------

up 0 'up with nothing changed'
is "$(asked)" '' 'does not run it again'
project_with 'limit = "web2", inventory_path = "site.yml", skip_tags = { "c" }, start_at_task = "Second task",
	become_user = "app", vault_password_file = "vault", extra_vars = "@vars.yml", galaxy_role_file = "roles.yml",
	galaxy_roles_path = "roles"'
touch vault vars.yml roles.yml && mkdir roles
up 0 'changed options'
is "$(asked)" "ansible-galaxy install --role-file=PROJECT/roles.yml --roles-path=PROJECT/roles --force
ansible-playbook --inventory=PROJECT/.bothy/ansible/once/site.yml/inventory.yml --inventory=PROJECT/site.yml \
--limit=web2 --become-user=app --extra-vars=@PROJECT/vars.yml --vault-password-file=PROJECT/vault --skip-tags=c \
--start-at-task=Second task PROJECT/site.yml" 'are given to it, roles first'
ok 'which it finds' grep -qx "ANSIBLE_ROLES_PATH=$PROJECT/roles" "$TEST_TMP/environment"

# --- failures --------------------------------------------------------------------------------

touch fails
project_with 'tags = { "z" }'
up 1 'one that fails'
like "$err" "error: .*'site\.yml'.* ansible-playbook failed with status 4" 'says so'
is "$(passing)" 0 'and leaves nothing either'
rm fails
up 0 'is tried again'
like "$(asked)" '^ansible-playbook ' 'the next time'
up 0 'and then'
is "$(asked)" '' 'it is done'
bothy destroy -f web1 >/dev/null 2>&1
up 0 'a machine made anew'
like "$(asked)" '^ansible-playbook ' 'is one it has to be run for'

# --- what ends it ----------------------------------------------------------------------------

gone() { ! ps -p "$(cut -d ' ' -f 1 "$TEST_TMP/hanging")" -o stat= | grep -qv Z; }
touch hangs
project_with 'timeout = "1s"'
up 75 'one that hangs'
like "$err" "'site\.yml'.*: timed out" 'is ended when its time is over'
ok 'with what it started' wait_until 20 gone
is "$(passing)" 0 'and leaves nothing'
project_with 'tags = { "x" }'
run bothy trust
rm "$TEST_TMP/hanging"
"$BOTHY" up >"$TEST_TMP/log" 2>&1 </dev/null &
job=$!
ok 'another one' wait_until 20 test -s "$TEST_TMP/hanging"
kill -INT "$job"
status=0
wait "$job" || status=$?
is "$status" 130 'is ended by Ctrl-C'
ok 'with what it started' wait_until 20 gone
is "$(passing)" 0 'and leaves nothing'
rm hangs

# --- secrets ---------------------------------------------------------------------------------

project_with 'sensitive = true, extra_vars = { secret = "hush" }, env = { TOKEN = "hush" }, host_vars = { web1 = { word = "hush" } }'
up 0 'a sensitive one'
is "$(jq -cS . "$TEST_TMP/variables")" '{"secret":"hush"}' 'is given its secrets'
unlike "$out$err" 'hush|PLAY' 'shows nothing'
is "$(grep -rl hush .bothy "$XDG_RUNTIME_DIR" "$BOTHY_HOME")" '' 'and leaves nothing of them'

# --- without Ansible -------------------------------------------------------------------------

project_with 'tags = { "y" }'
run bothy trust
exits 1 'without Ansible it fails' env PATH=/nonexistent "$BOTHY" up
like "$err" 'hint: apt install ansible-core' 'and says what to install'
done_testing
