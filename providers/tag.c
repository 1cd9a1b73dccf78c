/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata fields to XML and back. */
#include "providers/tag.h"

#include <string.h>

#include "core/mem.h"

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "version", offsetof(struct tag, version) },
	{ "project-id", offsetof(struct tag, project_id) },
	{ "project", offsetof(struct tag, project) },
	{ "directory", offsetof(struct tag, directory) },
	{ "owner", offsetof(struct tag, owner) },
	{ "network", offsetof(struct tag, network) },
	{ "settings", offsetof(struct tag, settings) },
	{ "subnet", offsetof(struct tag, subnet) },
	{ "reservations", offsetof(struct tag, reservations) },
	{ "machine", offsetof(struct tag, machine) },
	{ "provider", offsetof(struct tag, provider) },
	{ "box", offsetof(struct tag, box) },
	{ "box-digest", offsetof(struct tag, box_digest) },
	{ "hostname", offsetof(struct tag, hostname) },
	{ "login-user", offsetof(struct tag, login_user) },
	{ "key-id", offsetof(struct tag, key_id) },
	{ "accel-wanted", offsetof(struct tag, accel_wanted) },
	{ "command", offsetof(struct tag, command) },
	{ "disk-mib", offsetof(struct tag, disk_mib) },
	{ "disks", offsetof(struct tag, disks) },
	{ "seed", offsetof(struct tag, seed) },
	{ "cards", offsetof(struct tag, cards) },
	{ "card-kinds", offsetof(struct tag, kinds) },
	{ "layer", offsetof(struct tag, layer) },
	{ "rootfs", offsetof(struct tag, rootfs) },
	{ "folders", offsetof(struct tag, folders) },
	{ "forwards", offsetof(struct tag, forwards) },
	{ "complete", offsetof(struct tag, complete) },
};

static const char **field_of(struct tag *tag, size_t i)
{
	return (const char **)(void *)((char *)tag + fields[i].offset);
}

static void write_fields(struct xml *x, const struct tag *tag)
{
	struct tag copy = *tag;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		xml_attr(x, fields[i].name, *field_of(&copy, i));
}

void tag_write(struct xml *x, const char *element, const struct tag *tag)
{
	cleanup_free char *name = xasprintf("%s:%s", TAG_PREFIX, element);

	xml_open(x, name, "xmlns:" TAG_PREFIX, TAG_NAMESPACE, NULL);
	write_fields(x, tag);
	xml_end(x);
}

char *tag_document(const char *element, const struct tag *tag)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_begin(&x, element);
	write_fields(&x, tag);
	xml_end(&x);
	return xml_take(&x);
}

static xmlNodePtr find_node(xmlDocPtr doc, const char *element)
{
	xmlNodePtr node = xml_find(xml_root(doc), "metadata");

	node = node ? xml_find(node, element) : NULL;
	while (node && (!node->ns || strcmp((const char *)node->ns->href, TAG_NAMESPACE) != 0))
		node = xml_next(node);
	return node;
}

bool tag_read(xmlDocPtr doc, const char *element, struct tag *out)
{
	struct tag tag = { 0 };
	xmlNodePtr node = find_node(doc, element);

	if (!node)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		*field_of(&tag, i) = xml_get(node, fields[i].name);
	if (!tag.project_id)
		return false;
	*out = tag;
	return true;
}

void tag_change(xmlDocPtr doc, const char *element, const char *name, const char *value)
{
	xmlNodePtr node = find_node(doc, element);

	if (node)
		xml_set(node, name, value);
}

bool tag_maybe(const char *xml_text)
{
	return strstr(xml_text, TAG_NAMESPACE) != NULL;
}
