/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the script that configures cards: its tree, with cards and with fakes of the programs that it calls. Each
 * notes how it was called in "calls", and what brings a card up makes "ip" show what is in "wanted".
 */
#ifndef TESTS_UNIT_CARDS_FAKES_H
#define TESTS_UNIT_CARDS_FAKES_H

#include "tests/unit/cards_root.h"

static void add_card(const char *device, const char *mac)
{
	cleanup_free char *address = xasprintf("sys/class/net/%s/address", device);
	cleanup_free char *flags = xasprintf("sys/class/net/%s/flags", device);
	cleanup_free char *mtu = xasprintf("sys/class/net/%s/mtu", device);
	cleanup_free char *line = xasprintf("%s\n", mac);

	say(address, line);
	say(flags, "0x1003\n");
	say(mtu, "1500\n");
}

/* busybox's sh would rather take its own ip: there, functions stand before the fakes. */
static struct text functions;

static void fake(const char *name, const char *script)
{
	cleanup_free char *path = xasprintf("bin/%s", name);
	cleanup_free char *text =
		xasprintf("#!/bin/sh\nr=%s\nup() { cp \"$r/wanted\" \"$r/shown\"; }\n"
			  "call() { echo \"${0##*/} $*\" >>\"$r/calls\"; }\n%s\n",
			  root, script);

	say_mode(path, text, 0755);
	text_addf(&functions, "%s() { %s/bin/%s \"$@\"; }\n", name, root, name);
}

static void fake_programs(void)
{
	fake("systemctl",
	     "case $1 in is-active) grep -qsx \"$2\" \"$r/running\" && echo active || echo inactive ;;"
	     " *) call \"$@\"; up ;; esac");
	fake("pidof", "grep -qsx \"$1\" \"$r/running\"");
	fake("ip", "case $* in *' show '*) cat \"$r/shown\" 2>/dev/null; exit 0 ;; esac\n"
		   "call \"$@\"\ncase $* in *' add '*) up ;; esac");
	fake("netplan", "call \"$@\"; up");
	fake("nmcli", "call \"$@\"; case $* in *' up '*) up ;; esac");
	fake("networkctl", "call \"$@\"; up");
	fake("wicked", "call \"$@\"; up");
	fake("ifup", "call \"$@\"; up");
	fake("ifdown", "call \"$@\"");
	fake("resolvconf", "call \"$@\"");
	fake("dhclient", "call \"$@\"; up");
}

static int make_root(void **state)
{
	cleanup_free char *path = NULL;

	(void)state;
	strcpy(root, "/tmp/bothy-cards.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	path = xasprintf("%s/bin:/usr/bin:/bin", root);
	setenv("PATH", path, 1);
	fake_programs();
	add_card("bothy0", "52:54:00:00:00:01");
	add_card("bothy5", MAC);
	/* It has the same address, and is built on it. */
	add_card("bothy5.7", MAC);
	say("sys/class/net/bothy5.7/lower_bothy5", "");
	say("sys/class/net/bonding_masters", "");
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	text_clear(&functions);
	return fs_remove(root, &err);
}

static int setup(void **state)
{
	by_busybox = false;
	return make_root(state);
}

static int setup_busybox(void **state)
{
	by_busybox = access("/bin/busybox", X_OK) == 0;
	return make_root(state);
}

#define BY_BOTH(test)                                           \
	cmocka_unit_test_setup_teardown(test, setup, teardown), \
		cmocka_unit_test_setup_teardown(test, setup_busybox, teardown)

#endif
