/* SPDX-License-Identifier: Apache-2.0 */
/* Cards configured by ifupdown and by nobody, what can go wrong, and what never reaches a shell. */
#include "tests/unit/cards_run.h"

#define STANZA                                                                                 \
	"auto bothy5\niface bothy5 inet static\n\taddress 10.9.0.5\n\tnetmask 255.255.240.0\n" \
	"\tpre-up echo 0 >/proc/sys/net/ipv6/conf/bothy5/accept_ra_defrtr || :\n"              \
	"\tup ip link set dev bothy5 mtu 1500\n"                                               \
	"\tup ip route replace default via 10.9.0.1 dev bothy5\n"                              \
	"\tdns-nameservers 10.9.0.1 fd00::1\niface bothy5 inet6 static\n\taddress fd00::5\n"   \
	"\tnetmask 64\n"
#define MTU_BACK "ip link set dev bothy5 mtu 1500\n"
#define UP "ifdown bothy5\nip address flush dev bothy5 scope global\nifup bothy5\n"

#define RESOLV_CONF "nameserver 10.9.0.1\n# bothy begin\nnameserver fd00::1\n# bothy end\n"

static void ifupdown(void **state)
{
	static const char hook[] = "etc/dhcp/dhclient-enter-hooks.d/bothy";

	(void)state;
	rules("");
	say("etc/network/interfaces", "source /etc/network/interfaces.d/*\n");
	say("etc/network/interfaces.d/setup", "auto bothy0\n");
	say("etc/dhcp/dhclient-enter-hooks.d/debug", "x");
	goes_through(
		"etc/network/interfaces.d/bothy",
		(const char *[]){
			MARK STANZA, MARK
			"auto bothy5\niface bothy5 inet dhcp\n"
			"\tpre-up echo 0 >/proc/sys/net/ipv6/conf/bothy5/accept_ra_defrtr || :\n"
			"\tup ip -4 route del default dev bothy5 2>/dev/null || :\n" },
		(const char *[]){ "ifdown bothy5\n" UP, "ifdown bothy5\n" MTU_BACK UP,
				  "ifdown bothy5\n" });
	assert_false(there(hook));
	runs_well(&asking, 1);
	run_in_sh(
		"interface=bothy0 new_routers=10.9.0.1; . ./etc/dhcp/dhclient-enter-hooks.d/bothy; "
		"[ -n \"$new_routers\" ]");
	run_in_sh(
		"interface=bothy5 new_routers=10.9.0.1; . ./etc/dhcp/dhclient-enter-hooks.d/bothy; "
		"[ -z \"${new_routers:-}\" ]");
	assert_holds("etc/network/interfaces", "source /etc/network/interfaces.d/*\n");
}

/* Alpine's file has no folder beside it; what others wrote in it stays. */
static void ifupdown_in_one_file(void **state)
{
	static const char file[] = "etc/network/interfaces", udhcpc[] = "etc/udhcpc/udhcpc.conf";
	static const char theirs[] = "auto lo\niface lo inet loopback\n";
	struct guest_card two[] = { fixed, asking };

	(void)state;
	rules("");
	say_mode(file, theirs, 0640);
	say("usr/share/udhcpc/default.script", "x");
	say("etc/dhcpcd.conf", "hostname\n");
	runs_well(&fixed, 1);
	assert_holds(file,
		     "auto lo\niface lo inet loopback\n# bothy begin\n" STANZA "# bothy end\n");
	assert_mode(file, 0640);
	assert_calls("ifdown bothy5\n" UP);
	runs_well(&fixed, 1);
	assert_calls("");
	/* A second card leaves the first one alone. */
	two[1].mac = "52:54:00:00:00:01";
	runs_well(two, 2);
	assert_calls(
		"ifdown bothy0\nifdown bothy0\nip address flush dev bothy0 scope global\nifup bothy0\n");
	run_in_sh("interface=bothy0; . ./etc/udhcpc/udhcpc.conf; [ \"$NO_GATEWAY\" = ' bothy0' ]");
	assert_holds("etc/dhcpcd.conf",
		     "hostname\n# bothy begin\ninterface bothy0\nnogateway\n# bothy end\n");
	runs_well(NULL, 0);
	assert_calls("ifdown bothy5\nifdown bothy0\n" MTU_BACK);
	assert_holds(file, theirs);
	assert_holds(udhcpc, "\n");
	assert_holds("etc/dhcpcd.conf", "hostname\n");
}

static void nobody_rules(void **state)
{
	(void)state;
	say("wanted", SHOWN);
	say("etc/resolv.conf", "nameserver 10.9.0.1\n");
	say("proc/5/comm", "udhcpc\n");
	say("proc/5/cmdline", "udhcpc");
	runs_well(&fixed, 1);
	assert_calls("ip link set dev bothy5 up\nip link set dev bothy5 mtu 1500\n"
		     "ip -4 address flush dev bothy5\n"
		     "ip address add 10.9.0.5/20 broadcast + dev bothy5\n"
		     "ip -6 address add fd00::5/64 dev bothy5\n"
		     "ip route replace default via 10.9.0.1 dev bothy5\n");
	assert_holds("etc/resolv.conf", RESOLV_CONF);
	runs_well(&fixed, 1);
	assert_calls("");
	unlink(in("shown"));
	runs_well(&asking, 1);
	assert_calls("ip route del default dev bothy5\nip link set dev bothy5 up\n"
		     "ip route del default dev bothy5\ndhclient -nw bothy5\n"
		     "ip route del default dev bothy5\n");
	assert_holds("etc/resolv.conf", "nameserver 10.9.0.1\n");
	runs_well(NULL, 0);
	assert_calls("");
}

/* Name servers alone are no reason to touch a card. */
static void names_come_and_go(void **state)
{
	struct guest_card mute = fixed;

	(void)state;
	say("wanted", SHOWN);
	say("shown", SHOWN);
	mute.dns = NULL;
	runs_well(&mute, 1);
	assert_false(there("etc/resolv.conf"));
	runs_well(&fixed, 1);
	assert_holds("etc/resolv.conf",
		     "# bothy begin\nnameserver 10.9.0.1\nnameserver fd00::1\n# bothy end\n");
	say("etc/resolv.conf", RESOLV_CONF "search lan\n");
	runs_well(&fixed, 1);
	assert_holds("etc/resolv.conf", RESOLV_CONF "search lan\n");
	runs_well(&mute, 1);
	assert_holds("etc/resolv.conf", "nameserver 10.9.0.1\nsearch lan\n");
	assert_calls("");
}

/* What ifupdown does by commands it does not undo by itself. */
static void ifupdown_takes_back(void **state)
{
	struct guest_card bare = fixed;

	(void)state;
	rules("");
	unlink(in("bin/resolvconf"));
	text_add(&functions, "unset -f resolvconf\n");
	say("etc/network/interfaces", "source /etc/network/interfaces.d/*\n");
	say("etc/resolv.conf", "nameserver 10.9.0.1\n");
	runs_well(&fixed, 1);
	assert_holds("etc/resolv.conf", RESOLV_CONF);
	assert_calls("ifdown bothy5\n" UP);
	/* A boot may find another file there, and makes the same of it. */
	say("etc/resolv.conf", "nameserver 10.9.0.1\n");
	run_in_sh("sed -n 's,^\tup grep,grep,p' etc/network/interfaces.d/bothy | "
		  "sed 's,/etc/resolv.conf,etc/resolv.conf,g' >up && sh -e up && sh -e up");
	assert_holds("etc/resolv.conf", RESOLV_CONF);
	runs_well(&fixed, 1);
	assert_calls("");
	bare.dns = NULL;
	bare.mtu = 0;
	runs_well(&bare, 1);
	assert_calls("ifdown bothy5\n" MTU_BACK UP);
	assert_holds("etc/resolv.conf", "nameserver 10.9.0.1\n");
	runs_well(&fixed, 1);
	assert_calls("ifdown bothy5\n" UP);
	runs_well(NULL, 0);
	assert_calls("ifdown bothy5\n" MTU_BACK);
	assert_holds("etc/resolv.conf", "nameserver 10.9.0.1\n");
}

static void says_what_lacks(void **state)
{
	struct guest_card other = fixed;

	(void)state;
	rules("systemd-networkd\n");
	say("wanted", "3: bothy5    inet 10.9.0.6/20 scope global bothy5\n");
	assert_int_not_equal(run(&fixed, 1), 0);
	assert_string_equal(said, "its card " MAC " (bothy5) has no address 10.9.0.5/20\n");
	runs_well(&asking, 1);
	say("wanted", "3: bothy5    inet 169.254.3.6/16 scope link bothy5\n");
	fake("networkctl", "exit 1");
	fake("systemctl",
	     "case $* in is-active*networkd) echo active ;; is-active*) ;; *) up; echo it is broken ;; esac");
	say("shown", "");
	assert_int_not_equal(run(&asking, 1), 0);
	assert_string_equal(said,
			    "its card " MAC " (bothy5) got no address by DHCP: it is broken\n");
	other.mac = "52:54:00:00:00:77";
	assert_int_not_equal(run(&other, 1), 0);
	assert_string_equal(said, "there is no card with the address 52:54:00:00:00:77\n");
	/* A cable that is unplugged is nobody's fault. */
	say("sys/class/net/bothy5/carrier", "0\n");
	runs_well(&asking, 1);
	fake("systemctl",
	     "case $* in is-active*networkd) echo active ;; is-active*) ;; *) echo no bus >&2; exit 1 ;; esac");
	other = asking;
	other.mtu = 1400;
	assert_int_not_equal(run(&other, 1), 0);
	assert_string_equal(said, "networkd: no bus\n");
}

/* Nothing that is no number reaches the shell. */
static void refuses_what_is_none(void **state)
{
	static const char *const bad_servers[] = { "10.0.0.1;reboot" };
	static const struct strings bad_dns = { (const char **)(uintptr_t)bad_servers, 1 };
	const struct guest_card bad[] = {
		{ .mac = NULL },
		{ .mac = "52:54:00:00:00:0g" },
		{ .mac = "52:54:00:00:00:05;" },
		{ .mac = "52-54-00-00-00-05" },
		{ .mac = MAC, .ip = "10.0.0.5'", .prefix = 24 },
		{ .mac = MAC, .ip = "10.0.0", .prefix = 24 },
		{ .mac = MAC, .ip = "10.0.0.5" },
		{ .mac = MAC, .ip = "10.0.0.5", .prefix = 33 },
		{ .mac = MAC, .ip = "fd00::5", .prefix = 24 },
		{ .mac = MAC, .ipv6 = "fd00::5", .ipv6_prefix = 129 },
		{ .mac = MAC, .ipv6 = "10.0.0.5", .ipv6_prefix = 64 },
		{ .mac = MAC, .gateway = "$(reboot)" },
		{ .mac = MAC, .gateway = "fd00::1\n" },
		{ .mac = MAC, .dns = &bad_dns },
		{ .mac = MAC, .mtu = 20 },
		{ .mac = MAC, .mtu = 70000 },
	};
	const struct cards_place place = { "", "$(reboot)", 1, 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_text struct text script = { 0 };
		cleanup_error struct error err = { 0 };

		assert_int_equal(cards_script(&bad[i], 1, &place, &script, &err), -1);
		assert_int_equal(err.kind, ERROR_GUEST);
		assert_int_equal(script.len, 0);
	}
	cleanup_text struct text script = { 0 };
	cleanup_error struct error err = { 0 };

	assert_int_equal(cards_script(NULL, 0, &place, &script, &err), 0);
	assert_null(strstr(script.ptr, "reboot"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BY_BOTH(ifupdown),
		BY_BOTH(ifupdown_in_one_file),
		BY_BOTH(nobody_rules),
		BY_BOTH(names_come_and_go),
		BY_BOTH(ifupdown_takes_back),
		BY_BOTH(says_what_lacks),
		cmocka_unit_test(refuses_what_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guest_cards_plain", tests, NULL, NULL);
}
