#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Folders in validate and plan.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

new_project
make_box box.img
mkdir src data
cat >bothy.lua <<-'EOF2'
	defaults { box = "box.img", folders = { ["./src"] = "/srv/app" } }
	machine "web" {
	  folders = { ["."] = "/project", ["./data"] = { "/project/data", owner = "www-data", exclude = { "*.o" } } },
	}
	machine "db" { folders = { ["./src"] = false } }
EOF2
exits 0 'a file with folders' bothy validate
exits 0 'its plan' bothy plan
like "$out" 'web +folders +\. at /project \(copy\), ./data at /project/data \(copy\), ./src at /srv/app \(copy\)' \
	'tells them in the order of mounting'
unlike "$out" 'db +folders' 'of who has any'
exits 0 'as JSON' bothy plan --json
is "$(json '.steps[] | select(.kind == "folders") | [.id, .machine, .effect, .needs[]] | join(" ")')" \
	'web/folders web none web/start' 'they are a step after the boot'
exits 0 'up' bothy up
like "$out" 'web +bringing folders: \. at ' 'says where to, without parentheses around parentheses'
exits 0 'again' bothy up
like "$out" 'nothing to do' 'has nothing to do'
is "$(engine '[.machines[] | select(.name == "web") | .folders | fromjson | .[].to] | join(" ")')" \
	'/project /project/data /srv/app' 'the engine keeps them'

new_project
make_box box.img
cat >bothy.lua <<-'EOF2'
	machine "web" {
	  box = "box.img",
	  folders = {
	    ["./nowhere"] = "/srv",
	    ["box.img"] = "/srv/box",
	    ["."] = { to = "srv", kind = "bind" },
	    ["/usr"] = {
	      to = "/dev/x",
	      modee = "0755",
	    },
	    [".bothy"] = "/keys",
	  },
	}
EOF2
exits 65 'a file with mistakes' bothy validate
like "$err" "bothy.lua:4: machine 'web'.folders\['./nowhere'\]: there is no directory '.*/nowhere'.*create = true" \
	'what is not there'
like "$err" "bothy.lua:5: .*box.img' is no directory" 'what is no directory'
like "$err" "bothy.lua:6: machine 'web'.folders\['.'\].to: expected a path from the guest's root" 'a place'
like "$err" "bothy.lua:8: machine 'web'.folders\['/usr'\].to: '/dev' is the guest's own" 'a place of the guest'
like "$err" "bothy.lua:9: machine 'web'.folders\['/usr'\].modee: unknown field; did you mean 'mode'" 'a field'
like "$err" "bothy.lua:11: machine 'web'.folders\['.bothy'\]: '.bothy' is kept from machines" 'the keys'
is "$(grep -c 'bothy.lua:' <<<"$err")" 6 'and no more'

# --- kinds -----------------------------------------------------------------------------------

one_machine_with 'folders = { ["."] = { "/p", kind = "virtiofs" } }'
exits 65 'a kind that cannot be' bothy validate
like "$err" "folders\['.'\].kind: 'virtiofs' does not work here: the fake provider shares nothing" 'is an error that says why'
one_machine_with 'provider = "container"'
exits 0 'the project is in a container' bothy validate
one_machine_with 'provider = "container", folders = { ["."] = { "/p", kind = "9p" } }'
exits 65 '9p is not' bothy validate
like "$err" "'9p' does not work here: that is for virtual machines" 'for containers'
done_testing
