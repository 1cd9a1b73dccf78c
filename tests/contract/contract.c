/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of providers/provider.h, as assertions that hold for every provider:
 *
 *   contract fake | kvm-test | kvm BOX | kvm-session BOX | container ROOTFS
 *
 * kvm-test is the kvm provider on libvirt's test driver; kvm-session is what it promises of boxes on
 * a user's own libvirt; BOX is a qcow2 image, ROOTFS a directory
 * with /bin/sleep. The real engines want a private host (tests/host).
 */
#include "tests/contract/bench.h"

#include <stdlib.h>

static void nothing(void **state)
{
	(void)state;
}

/* What does not apply becomes a test that TAP knows as skipped: cmocka's own skip() counts as failed. */
static void add_cases(struct CMUnitTest *tests, size_t *count, const struct contract_case *cases,
		      size_t case_count)
{
	for (size_t i = 0; i < case_count; i++) {
		struct CMUnitTest *test = &tests[(*count)++];

		*test = cases[i].test;
		if (!cases[i].applies || cases[i].applies())
			continue;
		*test = (struct CMUnitTest){
			.name = xasprintf("%s # SKIP %s", cases[i].test.name, cases[i].why_not),
			.test_func = nothing,
		};
	}
}

int main(int argc, char **argv)
{
	cleanup_free struct CMUnitTest *tests = NULL;
	const struct {
		const struct contract_case *cases;
		size_t count;
	} groups[] = {
		{ life_cases, life_case_count },     { trouble_cases, trouble_case_count },
		{ base_cases, base_case_count },     { layer_cases, layer_case_count },
		{ disk_cases, disk_case_count },     { card_cases, card_case_count },
		{ cable_cases, cable_case_count },   { network_cases, network_case_count },
		{ many_cases, many_case_count },     { traffic_cases, traffic_case_count },
		{ folder_cases, folder_case_count },
	};
	size_t count = 0, all = 0;
	int failed;

	if (bench_init(argc, argv) < 0)
		return 64;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		all += groups[i].count;
	tests = xcalloc(all, sizeof(*tests));
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (has_machines() || groups[i].cases == base_cases)
			add_cases(tests, &count, groups[i].cases, groups[i].count);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests("contract", tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		if (tests[i].test_func == nothing)
			free((void *)(uintptr_t)tests[i].name);
	}
	bench_close();
	return failed ? 1 : 0;
}
