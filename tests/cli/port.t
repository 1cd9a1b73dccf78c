#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Forwarded ports and names of machines from up to destroy: listened to, shown, healed, ended.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/port.sh"

serve_words 'hello'
host=$(free_port) range=$(free_port)
one_machine_with "ports = { [$host] = $port }, hosts = { on_host = true }, boot_timeout = 60,"
at_exit "cd '$PROJECT' && '$BOTHY' destroy -f -q"
export BOTHY_HOSTS_FILE=$PWD/hosts SECRET=hush
printf '127.0.0.1 localhost\n' >hosts
exits 0 'up, with everything it starts, ends what reads its output' bash -c "'$BOTHY' up | cat"
like "$out" "publishing \(.*127.0.0.1:$host → $port" 'it says which ports it publishes'
is "$(forwarders | wc -l)" 2 'two processes are in the background'
is "$(for pid in $(forwarders); do grep -c SECRET "/proc/$pid/environ"; done | paste -sd,)" 0,0 'without the secrets of the environment'
is "$(find .bothy -perm /022)" '' 'nobody else may change what they wrote'
exits 0 'port' bothy port
is "$out" "default  127.0.0.1:$host  → $port" 'shows it'
exits 0 'as JSON' bothy port --json
is "$(json .)" "[{\"machine\":\"default\",\"host_ip\":\"127.0.0.1\",\"host\":$host,\"guest\":$port,\"protocol\":\"tcp\"}]" 'the document'
exits 0 'the host port of one' bothy port --guest "$port"
is "$out" "$host" 'is only a number'
exits 0 'status' bothy status
like "$out" "127.0.0.1:$host → $port" 'shows it'
exits 0 'as JSON' bothy status --json
is "$(json '.[0].ports')" "[{\"host_ip\":\"127.0.0.1\",\"host\":$host,\"guest\":$port,\"protocol\":\"tcp\"}]" 'as documented'
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
like "$(sed -n 3p hosts)" $'^10\.[0-9.]+\tdefault default\.project\.test' 'its names are in the hosts file'

on_loopback default
exits 0 'the address changed' bothy up
bothy halt -q && bothy up -q
is "$(ask "$host")" hello 'the port leads to the machine'
is "$(for pid in $(forwarders); do cat "/proc/$pid/comm"; done | sort -u)" bothy-forwarder 'by processes that have a name'
for pid in $(forwarders); do
	kill -9 "$pid"
	ok 'whichever is killed, it is back in time' wait_until 2 ask "$host"
	ok 'with its other half' wait_until 2 bash -c "(( \$(pgrep -fc 'forwarder-daemon [a-z]+ $PWD/.bothy ') == 2 ))"
done
exits 0 'halt' bothy halt
ok 'ends the forwarding' no_forwarder
ok 'and leaves nothing of it' test ! -e .bothy/forward
exits 1 'nobody listens' ask "$host"

# A port that is taken: by somebody, and by another machine; and one that may be another.
sed -i "s/ports = .*}, hosts/ports = { { host = $port, guest = $port } }, hosts/" bothy.lua
exits 75 'a taken port' bothy up
like "$err" "port 127.0.0.1:$port is in use by process [0-9]+ \(perl\)" 'names who has it'
is "$(states)" 'default=stopped' 'before anything boots'
sed -i "s/guest = $port }/guest = $port, shift_if_taken = true }/" bothy.lua
exits 0 'unless another one will do' bothy up
like "$out$err" "since 127.0.0.1:$port is taken" 'which is told'
shifted=$(bothy port --guest "$port")
is "$(ask "$shifted")" hello 'and works'
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
bothy halt -q && bothy up -q
is "$(bothy port --guest "$port")" "$shifted" 'it gets the same one the next time'

# Ports change while the machine runs.
sed -i "s/ports = .*}, hosts/ports = { [\"$range-$((range + 1))\"] = \"$port-$((port + 1))\" }, hosts/" bothy.lua
exits 0 'plan' bothy plan
like "$out" 'publish' 'shows that ports are to be changed'
exits 0 'a range instead' bothy up
is "$(bothy port --json | jq -c 'map(.host)')" "[$range,$((range + 1))]" 'has each port'
is "$(ask "$range")" hello 'which leads where it should'
unlike "$(bothy port)" ":$shifted" 'the other one is gone'
exits 0 'destroy' bothy destroy -f
ok 'ends it' no_forwarder
is "$(cat hosts)" '127.0.0.1 localhost' 'the hosts file is as it was'
ok 'nothing stays' test ! -e .bothy
is "$(find "$BOTHY_HOME/forward" -mindepth 1 2>/dev/null)" '' 'nor elsewhere'

# A port that may be another one leaves it to a machine of the file that can have no other, also to one that comes later.
fixed=$(free_port)
cat >bothy.lua <<-EOF2
	defaults { box = "box.img" }
	machine "any" { ports = { { host = $fixed, guest = $port, shift_if_taken = true } } }
	machine "fixed" { ports = { [$fixed] = $port } }
EOF2
exits 0 'the machine that may have another port comes first' bothy up any
like "$out" "since 127.0.0.1:$fixed is taken" 'and takes another'
exits 0 'the other one' bothy up
is "$(bothy port fixed --guest "$port")" "$fixed" 'finds its own'
ok 'they differ' test "$(bothy port any --guest "$port")" -gt "$fixed"
done_testing
