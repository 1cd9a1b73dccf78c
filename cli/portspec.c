/* SPDX-License-Identifier: Apache-2.0 */
/* Ports as people write and read them. */
#include "cli/portspec.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define PORT_MOST 65535

static bool parse_number(const char **at, unsigned *out)
{
	const char *from = *at;
	unsigned value = 0;

	for (; **at >= '0' && **at <= '9' && value <= PORT_MOST; (*at)++)
		value = value * 10 + (unsigned)(**at - '0');
	*out = value;
	return *at > from && value >= 1 && value <= PORT_MOST;
}

/* "80" or "9000-9010" up to the end or a colon. */
static bool parse_range(const char **at, unsigned *out_first, unsigned *out_count)
{
	unsigned first, last;

	if (!parse_number(at, &first))
		return false;
	last = first;
	if (**at == '-') {
		(*at)++;
		if (!parse_number(at, &last) || last < first)
			return false;
	}
	*out_first = first;
	*out_count = last - first + 1;
	return true;
}

static bool is_address(const char *bind)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(strchr(bind, ':') ? AF_INET6 : AF_INET, bind, bytes) == 1;
}

/* What stands before the ports; NULL if that is no address. */
static const char *parse_bind(char **at, struct arena *arena)
{
	char *colon = strchr(*at, ':'), *end = colon;
	const char *bind = *at;

	if (**at == '[') {
		end = strchr(*at, ']');
		if (!end || end[1] != ':')
			return NULL;
		bind = arena_strndup(arena, *at + 1, (size_t)(end - *at - 1));
		*at = end + 2;
	} else if (colon && strchr(colon + 1, ':')) {
		bind = arena_strndup(arena, *at, (size_t)(colon - *at));
		*at = colon + 1;
	} else {
		return "127.0.0.1";
	}
	return is_address(bind) ? bind : NULL;
}

int portspec_parse(const char *text, struct arena *arena, struct port *out, struct error *err)
{
	cleanup_free char *copy = xstrdup(text);
	struct port p = { .protocol = PORT_TCP };
	char *at = copy, *slash = strrchr(copy, '/');
	unsigned guest_count = 0;
	const char *ports;
	bool known = true;

	if (slash) {
		p.protocol = strcmp(slash, "/udp") == 0 ? PORT_UDP : PORT_TCP;
		known = p.protocol == PORT_UDP || strcmp(slash, "/tcp") == 0;
		*slash = '\0';
	}
	p.bind = parse_bind(&at, arena);
	ports = at;
	if (known && p.bind && parse_range(&ports, &p.host, &p.count) && *ports++ == ':' &&
	    parse_range(&ports, &p.guest, &guest_count) && !*ports && p.count == guest_count) {
		*out = p;
		return 0;
	}
	error_set(err, ERROR_USAGE, "'%s' does not say which port leads where", text);
	if (p.count && guest_count && p.count != guest_count)
		return error_hint(err, "both ranges must be of the same length");
	return error_hint(err, "write [BIND:]HOST:GUEST[/udp], such as 8080:80, 0.0.0.0:9000:9000 "
			       "or 9000-9010:9000-9010/udp");
}

static void add_range(struct text *t, unsigned first, unsigned count)
{
	text_addf(t, "%u", first);
	if (count > 1)
		text_addf(t, "-%u", first + count - 1);
}

char *portspec_host(const char *bind, unsigned first, unsigned count)
{
	struct text t = { 0 };

	text_addf(&t, strchr(bind, ':') ? "[%s]:" : "%s:", bind);
	add_range(&t, first, count);
	return text_take(&t);
}

char *portspec_guest(enum port_protocol protocol, unsigned first, unsigned count)
{
	struct text t = { 0 };

	add_range(&t, first, count);
	if (protocol == PORT_UDP)
		text_add(&t, "/udp");
	return text_take(&t);
}

char *portspec_field(const struct port *p)
{
	bool is_plain = p->protocol == PORT_TCP && strcmp(p->bind, "127.0.0.1") == 0;
	const char *quote = p->count > 1 ? "\"" : "";
	struct text t = { 0 };

	text_addf(&t, is_plain ? "[%s" : "{ host = %s", quote);
	add_range(&t, p->host, p->count);
	text_addf(&t, is_plain ? "%s] = %s" : "%s, guest = %s", quote, quote);
	add_range(&t, p->guest, p->count);
	text_add(&t, quote);
	if (p->protocol == PORT_UDP)
		text_add(&t, ", protocol = \"udp\"");
	if (!is_plain)
		text_addf(&t, ", bind = \"%s\" }", p->bind);
	return text_take(&t);
}
