/* SPDX-License-Identifier: Apache-2.0 */
/* What cloud-init is told of cards, and that it is told nothing where a box gets them right by itself. */
#include "boxes/network_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/nocloud.h"
#include "core/text.h"

static const char *const servers[] = { "10.9.0.1", "fd00::1" };
static const struct seed_card cards[] = {
	{ .mac = "52:54:00:00:00:01",
	  .ip = "10.9.0.5",
	  .prefix = 20,
	  .ipv6 = "fd00::5",
	  .ipv6_prefix = 64,
	  .gateway = "10.9.0.1",
	  .dns = { (const char **)(uintptr_t)servers, 2 },
	  .domain = "shop.test",
	  .mtu = 1400 },
	{ .mac = "52:54:00:00:00:02" },
	{ .mac = "52:54:00:00:00:03", .ip = "10.8.0.5", .prefix = 24, .gateway = "fd00::1" },
};

static void describes_cards(void **state)
{
	json_t *json = network_config(cards, ARRAY_SIZE(cards));
	cleanup_free char *text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);

	(void)state;
	assert_string_equal(
		text,
		"{\"ethernets\":{"
		"\"card0\":{\"addresses\":[\"10.9.0.5/20\",\"fd00::5/64\"],\"dhcp4\":false,"
		"\"match\":{\"macaddress\":\"52:54:00:00:00:01\"},\"mtu\":1400,"
		"\"nameservers\":{\"addresses\":[\"10.9.0.1\",\"fd00::1\"],\"search\":[\"shop.test\"]},"
		"\"routes\":[{\"to\":\"0.0.0.0/0\",\"via\":\"10.9.0.1\"}]},"
		"\"card1\":{\"dhcp4\":true,\"match\":{\"macaddress\":\"52:54:00:00:00:02\"}},"
		"\"card2\":{\"addresses\":[\"10.8.0.5/24\"],\"dhcp4\":false,"
		"\"match\":{\"macaddress\":\"52:54:00:00:00:03\"},"
		"\"routes\":[{\"to\":\"::/0\",\"via\":\"fd00::1\"}]}},\"version\":2}");
	json_decref(json);
}

/* The files of a disk, behind each other with their names. Caller frees. */
static char *disk_with(size_t card_count)
{
	const struct seed seed = { .hostname = "web", .cards = cards, .card_count = card_count };
	const struct nocloud what = { .seed = &seed, .user = "dev", .key_id = "0123abcd" };
	cleanup_error struct error err = { 0 };
	cleanup_free unsigned char *bytes = NULL;
	struct archive *a = archive_read_new();
	struct text all = { 0 };
	struct archive_entry *e;
	size_t len;

	assert_int_equal(nocloud_image(&what, &bytes, &len, &err), 0);
	archive_read_support_format_iso9660(a);
	assert_int_equal(archive_read_open_memory(a, bytes, len), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		size_t size =
			archive_entry_filetype(e) == AE_IFREG ? (size_t)archive_entry_size(e) : 0;
		cleanup_free char *content = xcalloc(1, size + 1);

		assert_int_equal(archive_read_data(a, content, size), size);
		text_addf(&all, "<%s>%s", archive_entry_pathname(e), content);
	}
	archive_read_free(a);
	return text_take(&all);
}

static void is_on_the_disk_with_its_events(void **state)
{
	cleanup_free char *all = disk_with(1);
	const char *file = strstr(all, "<network-config>{\n \"ethernets\": {\n  \"card0\": {\n");

	(void)state;
	assert_non_null(file);
	assert_non_null(strstr(file, "10.9.0.5/20"));
	assert_non_null(strstr(all, "\"updates\": {\n  \"network\": {\n   \"when\": [\n"
				    "    \"boot-new-instance\",\n    \"boot\"\n"));
	assert_non_null(strstr(all, "\"instance-id\": \"0123abcd-cards\""));
}

static void without_cards_nothing_is_said(void **state)
{
	cleanup_free char *all = disk_with(0);

	(void)state;
	assert_null(strstr(all, "network-config"));
	assert_null(strstr(all, "updates"));
	assert_non_null(strstr(all, "\"instance-id\": \"0123abcd\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_cards),
		cmocka_unit_test(is_on_the_disk_with_its_events),
		cmocka_unit_test(without_cards_nothing_is_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("network_config", tests, NULL, NULL);
}
