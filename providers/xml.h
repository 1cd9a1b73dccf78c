/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML for libvirt: a writer that always escapes, and readers for the documents it returns.
 * Bytes that XML cannot hold (control characters, broken UTF-8) are written as '?'.
 */
#ifndef PROVIDERS_XML_H
#define PROVIDERS_XML_H

#include <stdint.h>

#include <libxml/tree.h>
#include <libxml/xmlwriter.h>

#include "core/error.h"

struct xml {
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
};

void xml_init(struct xml *x);
void xml_clear(struct xml *x);
#define cleanup_xml cleanup(xml_clear)

void xml_begin(struct xml *x, const char *element);
void xml_end(struct xml *x);
/* An attribute of the element begun last, before anything is put into it. NULL value: left out. */
void xml_attr(struct xml *x, const char *name, const char *value);
void xml_attrf(struct xml *x, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* <element>text</element> */
void xml_element(struct xml *x, const char *element, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* <element name='value' …/>: pairs of names and values, ended by NULL. Pairs with a NULL value do not exist. */
void xml_empty(struct xml *x, const char *element, ...) __attribute__((sentinel));
/* Like xml_empty(), but the element stays open for children. */
void xml_open(struct xml *x, const char *element, ...) __attribute__((sentinel));
/* Closes what is open and hands the document over; the caller frees it. */
char *xml_take(struct xml *x);

/* Frees with xmlFreeDoc() and forgets. */
void xml_doc_clear(xmlDocPtr *doc);
#define cleanup_xml_doc cleanup(xml_doc_clear)

/* ERROR_PROVIDER if the text is no XML; `what` names it in the message. */
int xml_parse(const char *text, const char *what, xmlDocPtr *out, struct error *err);
/* The root element. Borrowed. */
xmlNodePtr xml_root(xmlDocPtr doc);
/* The first element found along a path of element names such as "devices/interface", or NULL. Borrowed. */
xmlNodePtr xml_find(xmlNodePtr from, const char *path);
/* The next sibling of the same name, or NULL. Borrowed. */
xmlNodePtr xml_next(xmlNodePtr node);
/* Value of an attribute, NULL if node is NULL or has none. Borrowed from the document. */
const char *xml_get(xmlNodePtr node, const char *attribute);
/* Gives the element that attribute, or with NULL takes it away. */
void xml_set(xmlNodePtr node, const char *attribute, const char *value);
/* The document as text again. Caller frees. */
char *xml_dump(xmlDocPtr doc);
/* The text in an element, "" if empty, NULL if node is NULL. Borrowed from the document. */
const char *xml_text(xmlNodePtr node);

/* libvirt's <memory>, which containers and VMs give alike. */
void xml_memory(struct xml *x, uint64_t mib);

#endif
