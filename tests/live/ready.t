#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # what stands in single quotes is for the guest
# When machines are ready for others, who may log in, and machines that nobody logs into.
. "${0%/*}/live.sh" debian-rootfs

guest() { bothy ssh "$1" -c "$2"; }
# What a step of `up --json` ended with: "db/ready web/create …" in the order of their ends.
ended() { jq -r 'select(.event == "step_done").step' <<<"$out" | paste -sd ' '; }

# --- readiness -------------------------------------------------------------------------------

serve='systemd-run -q --unit late sh -c "sleep 2; exec perl -MIO::Socket::INET -e \
	\"my \\\$s = IO::Socket::INET->new(LocalAddr => q(127.0.0.1), LocalPort => 5432, Listen => 5, ReuseAddr => 1); sleep 1000\""'
project "defaults { provider = 'container', box = '@debian-rootfs@' }
machine 'db' { ready = { port = 5432, command = 'test -e /run/served || { touch /run/served; echo not yet; exit 2; }' },
	provision = { shell [[ $serve ]] } }
machine 'web' { depends_on = { 'db' } }"
run bothy plan
like "$out" "port 5432 is open, 'test -e" 'the plan says what is waited for'
exits 0 'a machine whose port opens late, and those that need it' bothy up --json
is "$(ended | grep -o 'db/ready web/start')" 'db/ready web/start' 'come up one after the other'
like "$(jq -r 'select(.event == "stage").text' <<<"$out")" "port 5432 is open.*'test -e .*' succeeds" 'stages are told'
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
guest db 'systemctl stop late'
exits 0 'halt of the one' bothy halt web
sed -i 's/port = 5432/port = 5432, timeout = 4/' bothy.lua
exits 75 'its port is closed now: up of the other' bothy up
like "$err" "error: machine 'db' is up, but was not ready after 4 s: nothing listens on port 5432" 'fails and says why'
like "$err" 'hint: .*bothy ssh db' 'and where to look'
is "$(bothy status --json | jq -r 'map("\(.name)=\(.state)") | join(" ")')" 'db=running web=stopped' 'who needs it waits'
exits 75 'up of the one alone' bothy up db
like "$err" "not ready after 4 s: nothing listens" 'fails, too, although there is nothing else to do'
guest db "rm /run/served; $serve" 2>/dev/null
sed -i 's/exit 2; }/exit 2; }; exit 7/' bothy.lua
exits 75 'a command that fails' bothy up
like "$err" "not ready after 4 s: ('.*' (ended with status 7|did not end)|nothing listens)" 'is told with its status'
exits 0 'destroy' bothy destroy -f

# --- appliances ------------------------------------------------------------------------------

envfile "machine 'box' { provider = 'container', box = '@debian-rootfs@', guest = 'none', ready = { port = 22 } }"
exits 0 'an appliance comes up' bothy up
like "$out" 'guest = "none": it was started, but not waited for' 'which says that nobody looked inside'
is "$(state_of box)" running 'and runs'
for what in 'ssh box' 'exec box -- true' 'ssh-config box' 'upload bothy.lua'; do
	# shellcheck disable=SC2086
	exits 1 "$what" bothy $what
	like "$err" "error: cannot log in to machine 'box': nobody does, since it says guest = \"none\"" '  says why not'
	like "$err" 'hint: .*bothy console box' '  and what can be done'
done
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'halt' bothy halt
exits 0 'reload' bothy up
exits 0 'destroy' bothy destroy -f

# --- who may log in --------------------------------------------------------------------------

ssh-keygen -q -t ed25519 -N '' -C 'mate@host' -f mate
ssh-keygen -q -t ed25519 -N '' -C 'other@host' -f other
with() { # KEYS: the file, with these keys authorized
	envfile "machine 'box' { provider = 'container', box = '@debian-rootfs@', ssh = { authorize = { $1 } } }"
}
enters() { # KEY: it lets in
	bothy ssh-config box | sed '/IdentityFile/d' >config
	ssh -n -F config -i "$1" box true
}
with "[[$(cat mate.pub)]]"
exits 0 'a machine with a further key' bothy up
ok 'that key lets in' enters mate
ok 'another does not' eval '! enters other'
with "[[$(cat other.pub)]]"
exits 0 'the next boot with another one' bothy reload
ok 'that one lets in' enters other
ok 'the first does no more' eval '! enters mate'
ok 'ours does' guest box true
with "[[$(cat mate)]]"
exits 65 'a private key in the file' bothy up
like "$err" 'private key, which belongs into no file' 'is a mistake'
unlike "$out$err" "$(sed -n 3p mate)" 'that shows nothing of it'

# --- a password, once ------------------------------------------------------------------------

with ''
exits 0 'destroy' bothy destroy -f
envfile "machine 'box' { provider = 'container', box = '@debian-rootfs@', ssh = { password = 'vagrant-or-so' } }"
exits 0 'a box with a password' bothy up
like "$out" "took the box's password away" 'loses it'
like "$(guest box 'grep ^root: /etc/shadow')" '^root:\*:' 'for good'
ok 'and nothing keeps it' eval '! grep -rq vagrant-or-so .bothy'
exits 0 'the next boot' bothy reload
unlike "$out" password 'does not need it'
exits 0 'destroy' bothy destroy -f
with ''
exits 0 'and up' bothy up

# --- what only the system's ssh can do -------------------------------------------------------

with ''
exits 0 'ssh -L' bothy ssh box -L 127.0.0.1:9922:127.0.0.1:22 -c 'true'
exits 5 'ssh -A' bothy ssh -A box -c 'test -z "$SSH_AUTH_SOCK" && exit 5'
eval "$(ssh-agent)" >/dev/null
at_exit "kill $SSH_AGENT_PID"
exits 0 'with an agent' bothy ssh -A box -c 'test -S "$SSH_AUTH_SOCK"'
exits 1 'without -A' bothy ssh box -c 'test -S "$SSH_AUTH_SOCK"'
exits 255 'a jump by a host that is not there' bothy ssh -J nobody@127.0.0.1:1 box -c true
exits 255 'ssh --plain knows no key' bothy ssh --plain box -- -o BatchMode=yes -o IdentityAgent=none true
envfile "machine 'box' { provider = 'container', box = '@debian-rootfs@', ssh = { forward_agent = true } }"
exits 0 'the file asks for the agent' bothy ssh box -c 'test ! -S "$SSH_AUTH_SOCK"'
like "$err" 'warning: without the SSH agent: the file is not trusted' 'and is not trusted'
exits 0 'destroy' bothy destroy -f
done_testing
