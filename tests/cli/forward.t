#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy forward and port: what they take, show and refuse. The fake engine's machine is a server on loopback here.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/port.sh"

# in_background COMMAND…: sets $job; its output is in the file said.
in_background() {
	"$@" >said 2>&1 </dev/null &
	job=$!
	at_exit "kill $job 2>/dev/null"
}

# jq -e takes an empty file for a true one.
announced() { [[ $(jq length said) == "$1" ]]; }

one_machine
exits 1 'forward before there is a machine' bothy forward default 8080:80
like "$err" "machine 'default' is not created" 'says so'
bothy up -q
exits 64 'without ports' bothy forward default
like "$err" 'usage: bothy forward' 'shows how'
exits 64 'with a port that is none' bothy forward default 8080:http
like "$err" "'8080:http'.*hint: .*HOST:GUEST" 'names it, and shows how'
exits 64 'to a machine that is none' bothy forward nobody 8080:80
exits 0 'no port is forwarded' bothy port
is "$out" 'no port is forwarded' 'says so'
exits 0 'as JSON' bothy port --json
is "$(json .)" '[]' 'an empty list'
exits 1 'no port leads to that one' bothy port --guest 80
like "$err" "no port of this host leads to port 80 of machine 'default'" 'says so'
exits 64 'a guest port that is none' bothy port --guest http

serve_words 'hello'
on_loopback default
host=$(free_port)
in_background "$BOTHY" forward default "$host:$port"
wait_until 20 grep -q 'Ctrl-C' said
is "$(head -n 1 said)" "127.0.0.1:$host → $port of default" 'it says what it forwards'
is "$(ask "$host")" hello 'and does'
exits 75 'the port is taken then' bothy forward default "$host:$port"
like "$err" "port 127.0.0.1:$host is in use by process [0-9]+ \(bothy\)" 'by whom is told'
kill -INT "$job"
wait "$job"
is $? 0 'Ctrl-C ends it well'
in_background "$BOTHY" --json forward default "0.0.0.0:$host:$port" "$(free_port):53/udp"
wait_until 20 announced 2
is "$(jq -c '.[0]' said)" "{\"machine\":\"default\",\"host_ip\":\"0.0.0.0\",\"host\":$host,\"guest\":$port,\"protocol\":\"tcp\"}" \
	'the document of it'
is "$(ask "$host")" hello 'goes as well'
kill -TERM "$job"
wait "$job"
in_background "$BOTHY" forward default "$host:$port"
wait_until 20 grep -q 'Ctrl-C' said
bothy halt -q
wait "$job"
is $? 1 'with its machine it ends'
like "$(cat said)" "error: machine 'default' is stopped" 'and says why'
ok 'nothing was started in the background' test ! -e .bothy/forward
done_testing
