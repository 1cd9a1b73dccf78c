/* SPDX-License-Identifier: Apache-2.0 */
/* The XML writer and readers, over libxml2. */
#include "providers/xml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "core/text.h"

/* libxml2's writer fails only without memory or on misuse; either way there is no document to give. */
static void must(long result)
{
	if (result < 0)
		abort();
}

static const xmlChar *bytes(const char *s)
{
	return (const xmlChar *)s;
}

/* Length of the valid character at s, 0 if XML cannot hold it there. */
static int character_length(const unsigned char *s)
{
	int len = 4;

	if (s[0] < 0x20 && s[0] != '\t' && s[0] != '\n' && s[0] != '\r')
		return 0;
	return xmlGetUTF8Char(s, &len) < 0 ? 0 : len;
}

static void replace_invalid(char *s)
{
	while (*s) {
		int len = character_length((unsigned char *)s);

		if (!len)
			*s = '?';
		s += len ? len : 1;
	}
}

void xml_init(struct xml *x)
{
	x->buffer = xmlBufferCreate();
	x->writer = x->buffer ? xmlNewTextWriterMemory(x->buffer, 0) : NULL;
	if (!x->writer)
		abort();
}

void xml_clear(struct xml *x)
{
	if (x->writer)
		xmlFreeTextWriter(x->writer);
	if (x->buffer)
		xmlBufferFree(x->buffer);
	*x = (struct xml){ 0 };
}

void xml_begin(struct xml *x, const char *element)
{
	must(xmlTextWriterStartElement(x->writer, bytes(element)));
}

void xml_end(struct xml *x)
{
	must(xmlTextWriterEndElement(x->writer));
}

void xml_attr(struct xml *x, const char *name, const char *value)
{
	cleanup_free char *valid = NULL;

	if (!value)
		return;
	valid = xstrdup(value);
	replace_invalid(valid);
	must(xmlTextWriterWriteAttribute(x->writer, bytes(name), bytes(valid)));
}

static char *format(const char *fmt, va_list args)
{
	struct text t = { 0 };
	char *s;

	text_addv(&t, fmt, args);
	s = text_take(&t);
	replace_invalid(s);
	return s;
}

void xml_attrf(struct xml *x, const char *name, const char *fmt, ...)
{
	cleanup_free char *value = NULL;
	va_list args;

	va_start(args, fmt);
	value = format(fmt, args);
	va_end(args);
	must(xmlTextWriterWriteAttribute(x->writer, bytes(name), bytes(value)));
}

void xml_element(struct xml *x, const char *element, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	must(xmlTextWriterWriteElement(x->writer, bytes(element), bytes(text)));
}

void xml_memory(struct xml *x, uint64_t mib)
{
	xml_begin(x, "memory");
	xml_attr(x, "unit", "MiB");
	must(xmlTextWriterWriteFormatString(x->writer, "%llu", (unsigned long long)mib));
	xml_end(x);
}

static void write_pairs(struct xml *x, va_list args)
{
	for (;;) {
		const char *name = va_arg(args, const char *);
		const char *value = name ? va_arg(args, const char *) : NULL;

		if (!name)
			return;
		assert(value);
		xml_attr(x, name, value);
	}
}

void xml_open(struct xml *x, const char *element, ...)
{
	va_list args;

	xml_begin(x, element);
	va_start(args, element);
	write_pairs(x, args);
	va_end(args);
}

void xml_empty(struct xml *x, const char *element, ...)
{
	va_list args;

	xml_begin(x, element);
	va_start(args, element);
	write_pairs(x, args);
	va_end(args);
	xml_end(x);
}

char *xml_take(struct xml *x)
{
	char *s;

	must(xmlTextWriterEndDocument(x->writer));
	must(xmlTextWriterFlush(x->writer));
	s = xstrdup((const char *)xmlBufferContent(x->buffer));
	xml_clear(x);
	return s;
}

void xml_doc_clear(xmlDocPtr *doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
	*doc = NULL;
}

/* With NOENT each attribute and text is one node, so that xml_get() and xml_text() can lend it. */
int xml_parse(const char *text, const char *what, xmlDocPtr *out, struct error *err)
{
	xmlDocPtr doc = xmlReadMemory(text, (int)strlen(text), what, NULL,
				      XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR |
					      XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);

	if (!doc || !xmlDocGetRootElement(doc)) {
		xml_doc_clear(&doc);
		return error_set(err, ERROR_PROVIDER, "cannot read the description of %s", what);
	}
	*out = doc;
	return 0;
}

xmlNodePtr xml_root(xmlDocPtr doc)
{
	return xmlDocGetRootElement(doc);
}

static xmlNodePtr find_named(xmlNodePtr node, const char *name, size_t len)
{
	for (; node; node = node->next) {
		const char *own = (const char *)node->name;

		if (node->type == XML_ELEMENT_NODE && strlen(own) == len && !memcmp(own, name, len))
			return node;
	}
	return NULL;
}

xmlNodePtr xml_find(xmlNodePtr from, const char *path)
{
	while (from && *path) {
		size_t len = strcspn(path, "/");

		from = find_named(from->children, path, len);
		path += len;
		path += *path == '/';
	}
	return from;
}

xmlNodePtr xml_next(xmlNodePtr node)
{
	const char *name = (const char *)node->name;

	return find_named(node->next, name, strlen(name));
}

const char *xml_get(xmlNodePtr node, const char *attribute)
{
	xmlAttrPtr attr = node ? xmlHasProp(node, bytes(attribute)) : NULL;

	if (!attr)
		return NULL;
	return attr->children ? (const char *)attr->children->content : "";
}

void xml_set(xmlNodePtr node, const char *attribute, const char *value)
{
	if (value)
		xmlSetProp(node, bytes(attribute), bytes(value));
	else
		xmlUnsetProp(node, bytes(attribute));
}

char *xml_dump(xmlDocPtr doc)
{
	xmlChar *text = NULL;
	char *copy;
	int len;

	xmlDocDumpMemory(doc, &text, &len);
	if (!text)
		abort(); /* out of memory */
	copy = xstrdup((const char *)text);
	xmlFree(text);
	return copy;
}

const char *xml_text(xmlNodePtr node)
{
	if (!node)
		return NULL;
	for (node = node->children; node; node = node->next)
		if (node->type == XML_TEXT_NODE)
			return (const char *)node->content;
	return "";
}
