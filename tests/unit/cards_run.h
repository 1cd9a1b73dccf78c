/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the script that configures cards: running it in its tree, and the cards that most of them use. */
#ifndef TESTS_UNIT_CARDS_RUN_H
#define TESTS_UNIT_CARDS_RUN_H

#include "tests/unit/cards_fakes.h"

static int run(const struct guest_card *cards, size_t count)
{
	const struct cards_place place = { root, NULL, 3, 2 };
	cleanup_text struct text script = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_proc struct proc_result result = { 0 };
	const char *sh[] = { "sh", "-c", NULL, NULL };
	const char *bb[] = { "/bin/busybox", "sh", "-c", NULL, NULL };

	text_add(&script, text_str(&functions));
	if (!text_has_prefix(root, "/tmp/bothy-cards.") ||
	    cards_script(cards, count, &place, &script, &err) < 0)
		fail_msg("%s", err.text);
	sh[2] = bb[3] = script.ptr;
	if (proc_run(by_busybox ? bb : sh, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	snprintf(said, sizeof(said), "%s", text_str(&result.output));
	return result.status;
}

static void runs_well(const struct guest_card *cards, size_t count)
{
	if (run(cards, count) != 0)
		fail_msg("%s", said);
	assert_string_equal(said, "");
}

/* A script of the test's own, in the root. */
static void run_in_sh(const char *script)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *text = xasprintf("cd %s && %s", root, script);
	const char *argv[] = { "sh", "-c", text, NULL };

	if (proc_must(argv, 0, &err) < 0)
		fail_msg("%s: %s", script, err.text);
}

static const char *const servers[] = { "10.9.0.1", "fd00::1" };
static const struct strings dns = { (const char **)(uintptr_t)servers, 2 };
static const struct guest_card fixed = { .mac = "52:54:00:00:00:05",
					 .ip = "10.9.0.5",
					 .prefix = 20,
					 .ipv6 = "FD00:0::5",
					 .ipv6_prefix = 64,
					 .gateway = "10.9.0.1",
					 .dns = &dns,
					 .mtu = 1500 };
static const struct guest_card asking = { .mac = "52:54:00:00:00:05", .dhcp = true };

#define SHOWN                                                                 \
	"3: bothy5    inet 10.9.0.5/20 brd 10.9.15.255 scope global bothy5\n" \
	"3: bothy5    inet6 fd00::5/64 scope global\n"                        \
	"default via 10.9.0.1 dev bothy5 proto static\n"

static void rules(const char *daemon)
{
	mkdir(in("run"), 0755);
	mkdir(in("run/systemd"), 0755);
	mkdir(in("run/systemd/system"), 0755);
	say("running", daemon);
	say("wanted", SHOWN);
}

/* Changed, as it is, asking for an address, and gone. */
static void goes_through(const char *file, const char *const contents[2],
			 const char *const calls[3])
{
	runs_well(&fixed, 1);
	assert_holds(file, contents[0]);
	assert_calls(calls[0]);
	runs_well(&fixed, 1);
	assert_calls("");
	runs_well(&asking, 1);
	assert_holds(file, contents[1]);
	assert_calls(calls[1]);
	runs_well(NULL, 0);
	assert_false(there(file));
	assert_calls(calls[2]);
	runs_well(NULL, 0);
	assert_calls("");
}

#endif
