/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind a folder of a machine that exists has. */
#include "core/folder_settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The kind of a folder of a machine whose note has that. */
static enum folder_kind settled(const struct folder *f, const char *note, const char *provider)
{
	struct folder folder = *f;
	struct machine m = { .name = "m", .provider = "kvm", .folders = &folder, .folder_count = 1 };
	struct env env = { .machines = &m, .machine_count = 1, .project.id = "0123abcd" };
	struct observed_machine have = {
		.name = "m", .provider = provider, .project.id = "0123abcd", .folders = note
	};
	const struct observed observed = { .machines = &have, .machine_count = 1 };

	folders_settle(&env, &observed);
	assert_int_equal(folder.kind_reason != NULL, folder.kind != f->kind);
	arena_clear(&env.arena);
	return folder.kind;
}

#define NOTE(kind, more) \
	"[{\"said\":\".\",\"from\":\"/p\",\"to\":\"/q\",\"kind\":\"" kind "\"" more "}]"
#define CHOSEN ",\"chosen\":true"

static void a_kind_is_chosen_once(void **state)
{
	const struct folder f = {
		.from = "/p", .to = "/q", .kind = FOLDER_VIRTIOFS, .chosen = true
	};
	struct folder other = f;

	(void)state;
	assert_int_equal(settled(&f, NOTE("copy", CHOSEN), "kvm"), FOLDER_COPY);
	assert_int_equal(settled(&f, NOTE("virtiofs", CHOSEN), "kvm"), FOLDER_VIRTIOFS);
	assert_int_equal(settled(&f, NOTE("copy", ""), "kvm"), FOLDER_VIRTIOFS);
	assert_int_equal(settled(&f, NOTE("copy", CHOSEN), "container"), FOLDER_VIRTIOFS);
	assert_int_equal(settled(&f, NULL, "kvm"), FOLDER_VIRTIOFS);
	assert_int_equal(settled(&f, "odd", "kvm"), FOLDER_VIRTIOFS);
	other.kind = FOLDER_COPY;
	assert_int_equal(settled(&other, NOTE("virtiofs", CHOSEN), "kvm"), FOLDER_VIRTIOFS);
	other.owner = "u";
	assert_int_equal(settled(&other, NOTE("virtiofs", CHOSEN), "kvm"), FOLDER_COPY);
	other = f;
	other.chosen = false;
	assert_int_equal(settled(&other, NOTE("copy", CHOSEN), "kvm"), FOLDER_VIRTIOFS);
	other = f;
	other.read_only = true;
	assert_int_equal(settled(&other, NOTE("copy", CHOSEN), "kvm"), FOLDER_VIRTIOFS);
	other = f;
	other.to = "/r";
	assert_int_equal(settled(&other, NOTE("copy", CHOSEN), "kvm"), FOLDER_VIRTIOFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kind_is_chosen_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("folder_settle", tests, NULL, NULL);
}
