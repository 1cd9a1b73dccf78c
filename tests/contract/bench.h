/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the contract test works on: one provider, an image for its machines, and a project of three
 * machines that is new for each test and gone after it.
 */
#ifndef TESTS_CONTRACT_BENCH_H
#define TESTS_CONTRACT_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "providers/provider.h"

#define MACHINES 3

struct world { /* a project and its environment */
	struct env env;
	struct machine machines[MACHINES];
	struct card cards[MACHINES];
	struct network management;
	char directory[256];
};

struct bench {
	const struct provider_ops *ops;
	struct provider_conf conf;
	struct image image;
	const char *image_file; /* what is poured for IMAGE_DISK; NULL: some bytes */
	char *directory;        /* scratch */
	bool test_driver;       /* libvirt's: each connection sees a world of its own */
	bool session;           /* a user's own libvirt: no networks, so no machines, only boxes */
	struct provider *provider;
	struct world world;
};

extern struct bench bench;

/* From the command line; 0, or -1 after having said what is wrong on standard error. */
int bench_init(int argc, char **argv);
void bench_close(void);

/* Per test: opens the provider on a new project with a network and the image's base. */
int bench_setup(void **state);
int bench_teardown(void **state);

/* A project that no other test has, with machines "one", "two", "three". */
void world_init(struct world *w);
void world_clear(struct world *w);

struct provider_creation creation_of(const struct world *w, size_t machine);
/* Creates it; the caller frees the id. */
char *create(const struct world *w, size_t machine);
/* What exists of the project; release with observed_clear(). */
struct observed look(const struct world *w);
/* The machine as observed now, or NULL; valid until the next call. */
const struct observed_machine *see(const struct world *w, size_t machine);
struct image_source image_source(void);
/* The image's disk into a sink. */
int pour_bench_disk(const struct image_sink *sink, struct error *err);

enum machine_state state_of(const char *id);
/* The caller frees it. */
char *address_of(const char *id);
void start(const char *id);
void stop(const char *id, enum provider_stop how, int64_t deadline_ms);

/* A test, which runs between bench_setup() and bench_teardown(), and when it makes sense. */
struct contract_case {
	struct CMUnitTest test;
	bool (*applies)(void); /* NULL: always */
	const char *why_not;
};

#define CASE(name)                                                                         \
	{                                                                                  \
		.test = cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown) \
	}
#define CASE_IF(condition, reason, name)                                                    \
	{                                                                                   \
		.test = cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown), \
		.applies = condition, .why_not = reason                                     \
	}

bool has_bases(void);
bool has_machines(void);

extern const struct contract_case life_cases[], trouble_cases[], base_cases[], layer_cases[],
	disk_cases[], card_cases[], cable_cases[], network_cases[], many_cases[], traffic_cases[],
	folder_cases[];
extern const size_t life_case_count, trouble_case_count, base_case_count, layer_case_count,
	disk_case_count, card_case_count, cable_case_count, network_case_count, many_case_count,
	traffic_case_count, folder_case_count;

/* Fails the test, saying the error, unless result is 0. */
#define must(call)                                                           \
	do {                                                                 \
		struct error must_err_ = { 0 };                              \
		struct error *err = &must_err_;                              \
		int must_result_ = (call);                                   \
		check_success(must_result_, err, #call, __FILE__, __LINE__); \
	} while (0)
/* Fails the test unless it fails with a proper error of that kind; ERROR_NONE: of any. */
#define must_fail(kind, call)                                                      \
	do {                                                                       \
		struct error must_err_ = { 0 };                                    \
		struct error *err = &must_err_;                                    \
		int must_result_ = (call);                                         \
		check_failure(must_result_, kind, err, #call, __FILE__, __LINE__); \
	} while (0)

void check_success(int result, struct error *err, const char *call, const char *file, int line);
void check_failure(int result, enum error_kind kind, struct error *err, const char *call,
		   const char *file, int line);

#endif
