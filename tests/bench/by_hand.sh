# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What someone without bothy prepares once and then does for each machine: network, keys, waiting, ssh.

HAND_IP=10.99.0.2
HAND_MAC=52:54:00:00:99:02
HAND_BRIDGE=hand0
HAND=$LAB/by_hand

hand_network_xml()
{
	cat <<-END
		<network>
		  <name>hand</name>
		  <forward mode='nat'/>
		  <bridge name='$HAND_BRIDGE' stp='off' delay='0'/>
		  <domain name='hand.test' localOnly='yes'/>
		  <dns><host ip='$HAND_IP'><hostname>box</hostname></host></dns>
		  <ip address='10.99.0.1' prefix='24'>
		    <dhcp>
		      <range start='10.99.0.128' end='10.99.0.254'/>
		      <host mac='$HAND_MAC' name='box' ip='$HAND_IP'/>
		    </dhcp>
		  </ip>
		</network>
	END
}

# Made once and not timed: a floor may reuse what bothy makes anew for each machine.
hand_prepare()
{
	[ ! -d "$HAND" ] || return 0
	mkdir "$HAND" || return
	hand_network_xml >"$HAND/network.xml"
	logged ssh-keygen -q -t ed25519 -N '' -f "$HAND/user_key"
	logged ssh-keygen -q -t ed25519 -N '' -f "$HAND/host_key"
	echo "$HAND_IP $(cut -d ' ' -f 1,2 "$HAND/host_key.pub")" >"$HAND/known_hosts"
}

hand_network()
{
	logged virsh "net-define $HAND/network.xml; net-start hand"
}

hand_network_remove()
{
	logged virsh 'net-destroy hand; net-undefine hand'
}

hand_announce() # so that the first packet needs no ARP answer from a machine that is still starting
{
	logged ip neigh replace "$HAND_IP" lladdr "$HAND_MAC" dev "$HAND_BRIDGE" nud permanent
}

hand_ssh()
{
	logged ssh -F none -i "$HAND/user_key" -o IdentitiesOnly=yes -o UserKnownHostsFile="$HAND/known_hosts" \
		-o GlobalKnownHostsFile=none -o StrictHostKeyChecking=yes -o BatchMode=yes -o ConnectTimeout=10 \
		"root@$HAND_IP" true
}

# The port is open before everyone may log in, so the first ssh may be one too early.
hand_reach() # SECONDS
{
	local deadline=$((SECONDS + $1))
	logged "$BENCH_OUT/knock" "$HAND_IP" 22 "$1" || return
	until hand_ssh; do
		[ "$SECONDS" -lt "$deadline" ] || return
	done
}
