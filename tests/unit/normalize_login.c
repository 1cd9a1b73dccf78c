/* SPDX-License-Identifier: Apache-2.0 */
/* Who logs in, machines that nobody logs into, and when a machine is ready: what is taken over and what is a mistake. */
#include "tests/unit/normalized.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHKRu9VeO95FW6UCMZMZKW3/K8lyL0fIv2NNx47fZahj"

static const struct machine *only(const struct normalized *c)
{
	assert_int_equal(c->env.machine_count, 1);
	return &c->env.machines[0];
}

static void test_ssh(void **state)
{
	struct normalized *c = *state;
	const struct machine *m;

	assert_good(c,
		    "machine { box = 'b', ssh = { user = 'dev', port = 2222, password = ' p ',\n"
		    "authorize = { '" KEY " me\\n' }, forward_agent = true, forward_x11 = true,\n"
		    "jump = 'me@gate:22,other' } }");
	m = only(c);
	assert_string_equal(m->ssh_user, "dev");
	assert_int_equal(m->ssh_port, 2222);
	assert_string_equal(m->ssh_password, " p ");
	assert_int_equal(m->ssh_authorize.count, 1);
	assert_string_equal(m->ssh_authorize.at[0], KEY " me");
	assert_true(m->ssh_forward_agent && m->ssh_forward_x11);
	assert_string_equal(m->ssh_jump, "me@gate:22,other");
	assert_int_equal(c->env.want_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(c->env.wants[i].kind, WANT_AGENT);
		assert_string_equal(c->env.wants[i].machine, m->name);
		assert_int_equal(c->env.wants[i].line, i < 2 ? 2 : 3);
	}
	assert_string_equal(c->env.wants[0].why, "ssh.forward_agent");
	assert_string_equal(c->env.wants[2].what, "ssh by me@gate:22,other");

	assert_good(c, "machine { box = 'b' }");
	assert_null(only(c)->ssh_user);
	assert_null(only(c)->ssh_password);
	assert_false(only(c)->no_guest);
	assert_int_equal(c->env.want_count, 0);
}

/* Both end up in files that ssh reads, where a further line would be an order to it. */
static void test_names_that_are_orders(void **state)
{
	assert_problems(*state,
			"machine { box = 'b',\nssh = { user = 'x\\nProxyCommand id',\n"
			"jump = '-oProxyCommand=id' } }",
			"2: machine 'default'.ssh.user: not a usable name of a user\n"
			"3: machine 'default'.ssh.jump: not a host to go by\n");
	assert_problems(*state, "machine { box = 'b', ssh = { user = '-v', jump = 'a b' } }",
			"1: machine 'default'.ssh.jump: not a host to go by\n"
			"1: machine 'default'.ssh.user: not a usable name of a user\n");
	assert_problems(*state, "machine { box = 'b', ssh = { jump = 'a\\n', password = '' } }",
			"1: machine 'default'.ssh.jump: not a host to go by\n"
			"1: machine 'default'.ssh.password: the string is empty\n");
}

static void test_keys(void **state)
{
	assert_problems(
		*state,
		"machine { box = 'b', ssh = { authorize = { '" KEY
		"', 'ssh-rsa AAAA', '-----BEGIN OPENSSH PRIVATE KEY-----',\n'" KEY "\\n" KEY
		"' } } }",
		"1: machine 'default'.ssh.authorize: item 2: not a public key, such as "
		"\"ssh-ed25519 AAAA… you@host\"\n"
		"1: machine 'default'.ssh.authorize: item 3: a private key, which belongs into no "
		"file; its public half is meant\n"
		"1: machine 'default'.ssh.authorize: item 4: more than one line; each key is an "
		"item of its own\n");
}

static void test_appliance(void **state)
{
	struct normalized *c = *state;

	assert_good(c, "machine { box = 'b', guest = 'none', ready = { port = 80 }, "
		       "ports = { [8080] = 80 } }");
	assert_true(only(c)->no_guest);
	assert_int_equal(only(c)->ready.port, 80);
	assert_problems(c,
			"machine { box = 'b', guest = 'none',\nprovision = { shell [[ true ]] },\n"
			"ready = { command = 'true' },\nssh = { user = 'x' } }",
			"2: machine 'default'.provision: with guest = \"none\" there is nothing to "
			"provision\n"
			"3: machine 'default'.ready: with guest = \"none\" there is nowhere for a "
			"command to run; a port can be waited for\n"
			"4: machine 'default'.ssh: with guest = \"none\" nobody logs in\n");
	assert_good(c, "machine { box = 'b', guest = 'auto', provision = { shell [[ true ]] } }");
}

static void test_ready(void **state)
{
	struct normalized *c = *state;

	assert_good(c, "machine { box = 'b', ready = { port = 5432, command = 'pg_isready', "
		       "timeout = '2m' } }");
	assert_int_equal(only(c)->ready.port, 5432);
	assert_string_equal(only(c)->ready.command, "pg_isready");
	assert_int_equal(only(c)->ready.timeout_s, 120);
	assert_good(c, "defaults { ready = { timeout = 5 } }\n"
		       "machine { box = 'b', ready = { port = 1 } }");
	assert_int_equal(only(c)->ready.timeout_s, 5);
	assert_good(c, "machine { box = 'b', ready = { port = 1 } }");
	assert_int_equal(only(c)->ready.timeout_s, 60);
	assert_good(c, "machine { box = 'b' }");
	assert_int_equal(only(c)->ready.port, 0);
	assert_null(only(c)->ready.command);
}

static void test_never_ready(void **state)
{
	assert_problems(*state, "machine { box = 'b',\nready = { timeout = 5 } }",
			"2: machine 'default'.ready: neither a port nor a command is given\n");
	assert_problems(*state, "machine { box = 'b', ready = { command = ' ' } }",
			"1: machine 'default'.ready: the command is empty\n");
	assert_problems(*state,
			"machine { box = 'b', management = false, networks = { internal 'i' {} },\n"
			"ready = { port = 80 } }",
			"2: machine 'default'.ready: it has cards on internal networks only, and "
			"this host no way into it to find that out\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_ssh),   CASE(test_names_that_are_orders),
		CASE(test_keys),  CASE(test_appliance),
		CASE(test_ready), CASE(test_never_ready),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
