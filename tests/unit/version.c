/* SPDX-License-Identifier: Apache-2.0 */
/* Versions and constraints, and the words offers use. */
#include "boxes/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "boxes/offer.h"

static void some_texts_are_versions(void **state)
{
	static const char *const good[] = { "0",
					    "1",
					    "20.04.1",
					    "1.0.0.rc2",
					    "2024-01-02",
					    " 1.2 ",
					    "1.2-beta.3",
					    "1.x",
					    "1.0.b10",
					    "12.20241120.0",
					    "1-a-b",
					    "1.0-rc--1",
					    "20241120052400999999999999999999" };
	static const char *const bad[] = { "",     " ",     "a",  "v1",   "1.",   ".1",
					   "1..2", "1a",    "1-", "1.-",  "1 2",  "1,2",
					   "1.2.", "1.2_3", "-1", "1-a.", "1.2+3" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!version_is(good[i]))
			fail_msg("'%s' is a version", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (version_is(bad[i]))
			fail_msg("'%s' is no version", bad[i]);
}

static void versions_have_an_order(void **state)
{
	static const char *const sorted[] = {
		"",
		"?",
		"weird",
		"0.9",
		"1.0.a.2",
		"1.0.a9",
		"1.0.a10",
		"1.0.b1",
		"1.0.b.2",
		"1.0.b10",
		"1.0-rc",
		"1.0.pre",
		"1.0.rc1",
		"1",
		"1.0.0.1",
		"1.0.1",
		"1.1.a",
		"1.1",
		"1.2",
		"1.10",
		"2.A",
		"2.a",
		"2",
		"20241120052400",
		"20241120052401",
		"99999999999999999999998",
		"99999999999999999999999",
		"100000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			int order = version_compare(sorted[i], sorted[j]);

			if ((order > 0) != (i > j) || (order < 0) != (i < j))
				fail_msg("'%s' and '%s': %d", sorted[i], sorted[j], order);
		}
	}
}

static void some_versions_are_equal(void **state)
{
	static const char *const equal[][2] = {
		{ "1", "1.0" },           { "1.0.0", "1" },
		{ "1.02", "1.2" },        { "1.0.0.rc1", "1.rc1" },
		{ "1.0-a", "1.0.pre.a" }, { "1.a10", "1.a.10" },
		{ " 1.2", "1.2 " },       { "0", "0.0.0" },
		{ "1.a.0", "1.a" },       { "2024-01-02", "2024.pre.1.pre.2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(equal); i++)
		if (version_compare(equal[i][0], equal[i][1]) != 0 ||
		    version_compare(equal[i][1], equal[i][0]) != 0)
			fail_msg("'%s' equals '%s'", equal[i][0], equal[i][1]);
}

static bool holds(const char *constraint, const char *version)
{
	cleanup_error struct error err = { 0 };
	cleanup_constraint struct constraint *c = NULL;

	if (constraint_parse(constraint, &c, &err) < 0)
		fail_msg("'%s': %s", constraint, err.text);
	return constraint_holds(c, version);
}

static void operators_mean_what_they_say(void **state)
{
	(void)state;
	assert_true(holds("1.2", "1.2.0") && holds("= 1.2", "1.2") && holds("=1.2", "1.2"));
	assert_false(holds("1.2", "1.2.1"));
	assert_true(holds("!= 1.2", "1.3") && !holds("!=1.2", "1.2.0"));
	assert_true(holds("> 1", "1.0.1") && !holds("> 1", "1.0") && !holds(">1", "1.0.a"));
	assert_true(holds(">= 1", "1") && !holds(">=1", "1.a"));
	assert_true(holds("< 1", "1.a") && !holds("<1", "1"));
	assert_true(holds("<= 1", "1") && !holds("<=1", "1.1"));
	assert_true(holds(">= 1.2, < 2", "1.9.9") && !holds(">= 1.2 ,< 2", "2"));
	assert_true(holds(" >=  1.2 , != 1.5 ", "1.4") && !holds(">=1.2,!=1.5", "1.5.0"));
	assert_true(holds(">= 1.0", "2.0.beta"));
	assert_false(holds("< 2", "weird") || holds("<= 2", "20261120_05:24"));
}

static void about_stays_within_a_series(void **state)
{
	(void)state;
	assert_true(holds("~> 1.2", "1.2") && holds("~> 1.2", "1.99.1"));
	assert_false(holds("~> 1.2", "1.1.9") || holds("~> 1.2", "2") || holds("~> 1.2", "2.0.a"));
	assert_true(holds("~> 1.2.3", "1.2.3") && holds("~>1.2.3", "1.2.99"));
	assert_false(holds("~> 1.2.3", "1.2.2") || holds("~> 1.2.3", "1.3") ||
		     holds("~> 1.2.3", "1.3.a"));
	assert_true(holds("~> 1", "1") && holds("~> 1", "1.9"));
	assert_false(holds("~> 1", "2") || holds("~> 1", "0.9") || holds("~> 1", "1.a"));
	assert_true(holds("~> 1.0.a", "1.0.a") && holds("~> 1.0.a", "1.0") &&
		    holds("~> 1.0.a", "1.5"));
	assert_false(holds("~> 1.0.b", "1.0.a") || holds("~> 1.0.a", "2"));
	assert_true(holds("~> 0.1", "0.5") && !holds("~> 0.1", "1"));
	assert_true(holds("~> 1.2.0", "1.2") && holds("~> 1.0.0", "1"));
	assert_true(holds("~> 20241120.0", "20241120.1") && !holds("~> 20241120.0", "20241121"));
	assert_false(holds("~> 1.2", "weird"));
}

static void some_constraints_hold_always(void **state)
{
	static const char *const all[] = { "", "  ", ">= 0", ">=0.0", ">= 0, >= 0", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_true(holds(all[i], "1") && holds(all[i], NULL) && holds(all[i], "weird") &&
			    holds(all[i], "0.a"));
	assert_false(holds("> 0", NULL) || holds("1", NULL) || holds("!= 1", NULL));
	assert_true(holds("= 20261120_05:24", "20261120_05:24"));
	assert_true(holds("20261120_05:24", "20261120_05:24"));
	assert_false(holds("20261120_05:24", "20261121_05:24") ||
		     holds("20261120_05:24", "20261120"));
	assert_true(holds("!= 20261120_05:24", "1"));
}

static void wrong_constraints_are_quoted(void **state)
{
	static const char *const bad[][2] = {
		{ "latest", "latest" },  { "1..2", "1..2" },
		{ ">= 1,", "" },         { ">= 1,,< 2", "" },
		{ "=> 1", "=> 1" },      { "== 1", "== 1" },
		{ ">=", ">=" },          { "~> , 1", "~> " },
		{ "> 1 2", "> 1 2" },    { ">= 20261120_05:24", ">= 20261120_05:24" },
		{ "1,\033[2J", "?[2J" }, { ",", "" },
		{ "~>1.2_", "~>1.2_" },  { "1 ,>", ">" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_constraint struct constraint *c = NULL;
		cleanup_free char *want =
			xasprintf("'%s' is no constraint of a version", bad[i][1]);

		if (constraint_parse(bad[i][0], &c, &err) == 0)
			fail_msg("'%s' was taken", bad[i][0]);
		assert_int_equal(err.kind, ERROR_BOX);
		assert_string_equal(err.text, want);
		assert_non_null(err.hint);
		assert_null(c);
	}
}

static void publishers_words_are_ours(void **state)
{
	struct utsname host;

	(void)state;
	assert_string_equal(offer_provider("libvirt"), "kvm");
	assert_string_equal(offer_provider("kvm"), "kvm");
	assert_string_equal(offer_provider("qemu"), "kvm");
	assert_string_equal(offer_provider("lxc"), "container");
	assert_string_equal(offer_provider("incus"), "container");
	assert_null(offer_provider("virtualbox"));
	assert_null(offer_provider(""));
	assert_string_equal(offer_architecture("x86_64"), "amd64");
	assert_string_equal(offer_architecture("amd64"), "amd64");
	assert_string_equal(offer_architecture("aarch64"), "arm64");
	assert_string_equal(offer_architecture("riscv64"), "riscv64");
	assert_int_equal(uname(&host), 0);
	assert_string_equal(offer_host_architecture(), offer_architecture(host.machine));
}

static void offers_are_cleared(void **state)
{
	cleanup_offer struct offer o = { .name = xstrdup("a"), .user = xstrdup("b") };

	(void)state;
	for (int i = 0; i < 5; i++)
		offer_add_url(&o, i == 3 ? "https://example.org/3" : "https://example.org/");
	assert_int_equal(o.url_count, 5);
	assert_string_equal(o.urls[3], "https://example.org/3");
	offer_clear(&o);
	assert_null(o.name);
	assert_int_equal(o.url_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_texts_are_versions),
		cmocka_unit_test(versions_have_an_order),
		cmocka_unit_test(some_versions_are_equal),
		cmocka_unit_test(operators_mean_what_they_say),
		cmocka_unit_test(about_stays_within_a_series),
		cmocka_unit_test(some_constraints_hold_always),
		cmocka_unit_test(wrong_constraints_are_quoted),
		cmocka_unit_test(publishers_words_are_ours),
		cmocka_unit_test(offers_are_cleared),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
