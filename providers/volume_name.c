/* SPDX-License-Identifier: Apache-2.0 */
/* Making and reading the names of volumes. */
#include "providers/volume_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define DIGEST_LEN (DIGEST_HEX_BYTES - 1)
#define BASE_PREFIX "base-"

const char *base_format(bool raw)
{
	return raw ? "raw" : "qcow2";
}

char *base_volume_name(const char *serial, unsigned slot, bool raw)
{
	return xasprintf(BASE_PREFIX "%s.%u.%s", serial, slot, base_format(raw));
}

char *base_disk_name(const struct base_mark *mark, size_t number)
{
	return base_volume_name(mark->serial, mark->disks[number].slot, mark->disks[number].raw);
}

char *base_mark_name(const char *digest, const struct base_mark *mark)
{
	struct text t = { 0 };

	text_addf(&t, "%s.%s.", digest, mark->serial);
	for (size_t i = 0; i < mark->disk_count; i++)
		text_addf(&t, "%u%c", mark->disks[i].slot, mark->disks[i].raw ? 'r' : 'q');
	text_add(&t, ".ok");
	return text_take(&t);
}

/* Past the serial and the '.' after it; NULL if there is none. */
static const char *take_serial(const char *at, char out[static SERIAL_BYTES])
{
	size_t len = serial_length(at);

	if (!len || at[len] != '.')
		return NULL;
	memcpy(out, at, len);
	out[len] = '\0';
	return at + len + 1;
}

/* Past the number; NULL if there is none. */
static const char *take_slot(const char *at, unsigned *out)
{
	char *end;

	if (!isdigit((unsigned char)*at))
		return NULL;
	*out = (unsigned)strtoul(at, &end, 10);
	return end;
}

bool base_mark_parse(const char *name, const char *digest, struct base_mark *out)
{
	struct base_mark mark = { .disk_count = 0 };
	const char *at;

	if (strspn(name, "0123456789abcdef") != DIGEST_LEN || name[DIGEST_LEN] != '.' ||
	    (digest && strncmp(name, digest, DIGEST_LEN) != 0))
		return false;
	at = take_serial(name + DIGEST_LEN + 1, mark.serial);
	while (at && *at != '.') {
		if (mark.disk_count == IMAGE_MAX_DISKS)
			return false;
		at = take_slot(at, &mark.disks[mark.disk_count].slot);
		if (!at || (*at != 'q' && *at != 'r'))
			return false;
		mark.disks[mark.disk_count++].raw = *at++ == 'r';
	}
	if (!at || !mark.disk_count || strcmp(at, ".ok") != 0)
		return false;
	*out = mark;
	return true;
}

bool base_volume_parse(const char *name, char serial[static SERIAL_BYTES])
{
	const char *at = text_has_prefix(name, BASE_PREFIX) ? name + strlen(BASE_PREFIX) : "";
	char found[SERIAL_BYTES];
	unsigned slot;

	at = take_serial(at, found);
	at = at ? take_slot(at, &slot) : NULL;
	if (!at || (strcmp(at, ".qcow2") != 0 && strcmp(at, ".raw") != 0))
		return false;
	memcpy(serial, found, sizeof(found));
	return true;
}

char *disk_name(const char *domain, size_t number, bool layer)
{
	const char *suffix = layer ? ".layer.qcow2" : ".qcow2";

	return number ? xasprintf("%s-%zu%s", domain, number, suffix) :
			xasprintf("%s%s", domain, suffix);
}

char *disk_export_name(const char *domain)
{
	return xasprintf("%s.export.qcow2", domain);
}

char *disk_seed_name(const char *domain)
{
	return xasprintf("%s-seed.iso", domain);
}

/* What follows the domain and the number of a disk, if there is one; NULL if it is not the domain's. */
static const char *rest_of(const char *name, const char *domain)
{
	const char *at = text_has_prefix(name, domain) ? name + strlen(domain) : NULL;

	if (at && at[0] == '-' && at[1] >= '1' && at[1] <= '9' && at[2] == '.')
		at += 2;
	return at;
}

bool disk_is_of_package(const char *name, const char *domain)
{
	const char *rest = rest_of(name, domain);

	return text_equal(rest, ".layer.qcow2") || text_equal(rest, ".export.qcow2");
}

bool disk_belongs(const char *name, const char *domain)
{
	const char *rest = rest_of(name, domain);

	return text_equal(rest, ".qcow2") || text_equal(rest, "-seed.iso") ||
	       disk_is_of_package(name, domain);
}
