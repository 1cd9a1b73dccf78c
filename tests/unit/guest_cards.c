/* SPDX-License-Identifier: Apache-2.0 */
/* Cards configured by daemons, and by netplan for them. */
#include "tests/unit/cards_run.h"

static void networkd(void **state)
{
	static const char head[] = MARK "[Match]\nMACAddress=" MAC "\nType=ether\n"
					"[Link]\nRequiredForOnline=no\n";
	cleanup_free char *first =
		xasprintf("%s%s", head,
			  "MTUBytes=1500\n[Network]\nDHCP=no\nAddress=10.9.0.5/20\n"
			  "Address=fd00::5/64\nDNS=10.9.0.1\nDNS=fd00::1\n[Route]\n"
			  "Gateway=10.9.0.1\nGatewayOnLink=yes\n"
			  "[IPv6AcceptRA]\nUseGateway=no\n");
	cleanup_free char *second =
		xasprintf("%s%s", head,
			  "[Network]\nDHCP=ipv4\n[DHCPv4]\nClientIdentifier=mac\n"
			  "UseHostname=no\nUseRoutes=no\n"
			  "[IPv6AcceptRA]\nUseGateway=no\n");
	const char *const reloaded = "networkctl reload\nnetworkctl reconfigure bothy5\n";
	const char *const gone = "ip address flush dev bothy5 scope global\n"
				 "networkctl reload\nnetworkctl reconfigure bothy5\n";

	(void)state;
	rules("systemd-networkd\n");
	say("etc/systemd/network/80-mine.network", "x");
	goes_through("etc/systemd/network/05-bothy-525400000005.network",
		     (const char *[]){ first, second },
		     (const char *[]){ reloaded, reloaded, gone });
	assert_true(there("etc/systemd/network/80-mine.network"));
	/* Without D-Bus there is no other way. */
	fake("networkctl", "exit 1");
	runs_well(&fixed, 1);
	assert_calls("systemctl restart systemd-networkd\n");
}

static void netplan(void **state)
{
	static const char head[] = MARK "network:\n  version: 2\n  ethernets:\n"
					"    0-bothy-525400000005:\n";
	cleanup_free char *first = xasprintf(
		"%s%s", head,
		"      match: {macaddress: \"" MAC "\"}\n      optional: true\n      dhcp4: false\n"
		"      addresses: [\"10.9.0.5/20\", \"fd00::5/64\"]\n      routes:\n"
		"        - {to: \"0.0.0.0/0\", via: \"10.9.0.1\", on-link: true, metric: 50}\n"
		"      nameservers: {addresses: [\"10.9.0.1\", \"fd00::1\"]}\n      mtu: 1500\n");
	cleanup_free char *second = xasprintf(
		"%s%s", head,
		"      match: {macaddress: \"" MAC "\"}\n      optional: true\n      dhcp4: true\n"
		"      dhcp-identifier: mac\n"
		"      dhcp4-overrides: {use-routes: false, use-hostname: false}\n");
	const char *const gone = "ip address flush dev bothy5 scope global\nnetplan generate\n"
				 "networkctl reload\nnetworkctl reconfigure bothy5\n";
	const char *const up =
		"netplan generate\nnetworkctl reload\nnetworkctl reconfigure bothy5\n";
	const char *const announced =
		"etc/systemd/network/10-netplan-0-bothy-525400000005.network.d/bothy.conf";

	(void)state;
	rules("systemd-networkd\n");
	say("sys/class/net/bothy5/device", "");
	say("etc/netplan/90-default.yaml", "x");
	say("etc/systemd/network/05-bothy-525400000005.network", "of another time");
	goes_through("etc/netplan/60-bothy.yaml", (const char *[]){ first, second },
		     (const char *[]){ up, up, gone });
	assert_false(there("etc/systemd/network/05-bothy-525400000005.network"));
	assert_false(there(announced));
	unlink(in("sys/class/net/bothy5/device"));
	runs_well(&fixed, 1);
	assert_mode("etc/netplan/60-bothy.yaml", 0600);
	assert_holds(announced, "[IPv6AcceptRA]\nUseGateway=no\n");
	run_in_sh("grep -q 'match: {name: \"bothy5\"}' etc/netplan/60-bothy.yaml");
	/* By NetworkManager, and by nobody that runs yet. */
	say("running", "NetworkManager\n");
	say("run/NetworkManager/system-connections/netplan-0-bothy-525400000005.nmconnection", "");
	say("calls", "");
	runs_well(&asking, 1);
	assert_calls(
		"netplan generate\nnmcli connection reload\nnmcli device set bothy5 managed yes\n"
		"nmcli --wait 15 connection up netplan-0-bothy-525400000005 ifname bothy5\n");
	say("running", "");
	runs_well(&fixed, 1);
	assert_calls("netplan generate\nnetplan apply\n");
	/* Only ours is left: something else rules then. */
	say("running", "NetworkManager\n");
	unlink(in("etc/netplan/90-default.yaml"));
	say("calls", "");
	runs_well(&fixed, 1);
	assert_false(there("etc/netplan/60-bothy.yaml"));
	assert_calls("nmcli connection reload\nnmcli device set bothy5 managed yes\n"
		     "nmcli --wait 15 connection up bothy-525400000005 ifname bothy5\n");
}

static void network_manager(void **state)
{
	static const char file[] =
		"etc/NetworkManager/system-connections/bothy-525400000005.nmconnection";
	static const char head[] = MARK "[connection]\nid=bothy-525400000005\ntype=ethernet\n"
					"autoconnect-priority=100\n\n[ethernet]\nmac-address=" MAC
					"\n";
	cleanup_free char *first =
		xasprintf("%s%s", head,
			  "mtu=1500\n\n[ipv4]\nmethod=manual\naddress1=10.9.0.5/20\n"
			  "gateway=10.9.0.1\nroute-metric=50\ndns=10.9.0.1;\n\n"
			  "[ipv6]\nmethod=auto\naddress1=fd00::5/64\nnever-default=true\n"
			  "dns=fd00::1;\n");
	cleanup_free char *second = xasprintf("%s%s", head,
					      "\n[ipv4]\nmethod=auto\nnever-default=true\n"
					      "dhcp-client-id=mac\n\n"
					      "[ipv6]\nmethod=auto\nnever-default=true\n");
	const char *const up = "nmcli connection reload\nnmcli device set bothy5 managed yes\n"
			       "nmcli --wait 15 connection up bothy-525400000005 ifname bothy5\n";
	const char *const gone =
		"ip address flush dev bothy5 scope global\nnmcli connection reload\n";
	struct guest_card both = asking;

	(void)state;
	rules("NetworkManager\n");
	goes_through(file, (const char *[]){ first, second }, (const char *[]){ up, up, gone });
	both.gateway = "10.9.0.1";
	runs_well(&both, 1);
	assert_mode(file, 0600);
	run_in_sh(
		"grep -qx 'route1=0.0.0.0/0,10.9.0.1,50' etc/NetworkManager/system-connections/*");
	/* No systemd, as in Void. */
	say("calls", "");
	rmdir(in("run/systemd/system"));
	unlink(in(file));
	runs_well(&asking, 1);
	assert_calls(up);
}

/* Where cloud-init obeyed the disk that tells of a card, and nowhere else, the card is cloud-init's. */
static void cloud_init_keeps_its_cards(void **state)
{
	static const char file[] = "etc/systemd/network/05-bothy-525400000005.network";
	static const char instance[] = "var/lib/cloud/data/instance-id";
	struct guest_card told = fixed;

	(void)state;
	told.seeded = true;
	rules("systemd-networkd\n");
	runs_well(&told, 1);
	assert_true(there(file));
	assert_calls("networkctl reload\nnetworkctl reconfigure bothy5\n");
	say(instance, "0123abcd\n");
	runs_well(&told, 1);
	assert_true(there(file));
	say(instance, "0123abcd-cards\n");
	runs_well(&told, 1);
	assert_false(there(file));
	runs_well(&fixed, 1);
	assert_true(there(file));
}

static void wicked(void **state)
{
	(void)state;
	rules("wickedd\n");
	say("etc/sysconfig/network/ifcfg-bothy0", "BOOTPROTO='dhcp'\n");
	goes_through("etc/sysconfig/network/ifcfg-bothy5",
		     (const char *[]){
			     MARK "STARTMODE='auto'\nBOOTPROTO='static'\nIPADDR='10.9.0.5/20'\n"
				  "IPADDR_6='fd00::5/64'\nMTU='1500'\n",
			     MARK "STARTMODE='auto'\nBOOTPROTO='dhcp4'\n"
				  "DHCLIENT_SET_DEFAULT_ROUTE='no'\n" },
		     (const char *[]){ "wicked ifreload bothy5\n", "wicked ifreload bothy5\n",
				       "wicked ifreload bothy5\n" });
	assert_false(there("etc/sysconfig/network/ifroute-bothy5"));
	runs_well(&fixed, 1);
	assert_holds("etc/sysconfig/network/ifroute-bothy5", MARK "default 10.9.0.1 - bothy5\n");
	assert_holds("etc/sysconfig/network/ifcfg-bothy0", "BOOTPROTO='dhcp'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BY_BOTH(networkd),        BY_BOTH(netplan),
		BY_BOTH(network_manager), BY_BOTH(cloud_init_keeps_its_cards),
		BY_BOTH(wicked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guest_cards", tests, NULL, NULL);
}
