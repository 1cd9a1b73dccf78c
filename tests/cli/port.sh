# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the tests use what is set here
# Servers on loopback that stand in for machines. Source it after lib.sh.

# serve_words WORDS: a server that says WORDS to each who connects; sets $port.
serve_words() {
	coproc SERVER { exec perl -MIO::Socket::INET -e '
		my $server = IO::Socket::INET->new(Listen => 8, LocalAddr => "127.0.0.1") or die;
		$| = 1;
		print $server->sockport, "\n";
		while (my $client = $server->accept) { print $client $ARGV[0]; close $client }' "$1"; }
	at_exit "kill $SERVER_PID"
	read -r port <&"${SERVER[0]}"
}

# ask PORT: what the server behind it says.
ask() {
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or exit 1; print $s->getline // exit 1' "$1"
}

free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'; }

# on_loopback MACHINE: the fake engine reaches it at 127.0.0.1 from now on.
on_loopback() {
	jq --arg name "$1" '.networks |= walk(if type == "object" and has($name) then .[$name] = "127.0.0.1" else . end)' \
		"$BOTHY_HOME/fake.json" >fake.new && mv fake.new "$BOTHY_HOME/fake.json"
}

# forwarders: the processes in the background of this project.
forwarders() { pgrep -f "forwarder-daemon [a-z]+ $PWD/.bothy "; }
no_forwarder() { ! forwarders; }
