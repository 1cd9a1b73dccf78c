/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of providers/provider.h, as assertions that hold for every provider:
 *
 *   contract fake | kvm-test | kvm BOX | container ROOTFS
 *
 * kvm-test is the kvm provider on libvirt's test driver; BOX is a qcow2 image, ROOTFS a directory
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
	cleanup_free struct CMUnitTest *tests =
		xcalloc(life_case_count + trouble_case_count, sizeof(*tests));
	size_t count = 0;
	int failed;

	if (bench_init(argc, argv) < 0)
		return 64;
	add_cases(tests, &count, life_cases, life_case_count);
	add_cases(tests, &count, trouble_cases, trouble_case_count);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests("contract", tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		if (tests[i].test_func == nothing)
			free((void *)(uintptr_t)tests[i].name);
	}
	bench_close();
	return failed ? 1 : 0;
}
