/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the user, and what the environment adds to them. */
#include "core/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/fs.h"
#include "core/text.h"

char *config_path(void)
{
	const char *given = getenv("BOTHY_CONFIG"), *folder = getenv("XDG_CONFIG_HOME");
	cleanup_free char *home = fs_user_home();

	if (given && *given)
		return xstrdup(given);
	if (folder && folder[0] == '/')
		return fs_join(folder, "bothy/config.lua");
	return fs_join(home ? home : "/", ".config/bothy/config.lua");
}

struct config_host *config_host(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->host_count; i++)
		if (text_equal(c->hosts[i].name, name))
			return &c->hosts[i];
	return NULL;
}

/* Where the authority of an URL begins (RFC 3986, 3.2), or NULL. */
static const char *authority_of(const char *url)
{
	if (strncasecmp(url, "https://", 8) == 0)
		return url + 8;
	return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* Its host and port without user and password, in lower case; NULL if it has none. */
static char *host_of(const char *url, struct arena *arena)
{
	const char *start = authority_of(url), *end, *at;
	char *host;

	if (!start)
		return NULL;
	end = start + strcspn(start, "/?#");
	at = memrchr(start, '@', (size_t)(end - start));
	host = arena_strndup(arena, at ? at + 1 : start, (size_t)(end - (at ? at + 1 : start)));
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return config_is_host(host) ? host : NULL;
}

bool config_is_server(const char *url)
{
	struct arena arena = { 0 };
	bool good = strncasecmp(url, "file:/", 6) == 0 || host_of(url, &arena);

	arena_clear(&arena);
	return good && !url[strcspn(url, " \t\r\n")];
}

static bool is_port(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) <= 5 &&
	       strtol(s, NULL, 10) <= 65535;
}

bool config_is_host(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t len;

	if (name[0] == '[') {
		len = strspn(name + 1, "0123456789abcdefABCDEF:.") + 1;
		if (len < 3 || name[len++] != ']')
			return false;
	} else {
		len = strspn(name, letters);
	}
	return len && (!name[len] || (name[len] == ':' && is_port(name + len + 1)));
}

/* Those of the list that are not there yet go before all that is. */
static void put_first(struct config *c, struct strings *into, const struct strings *list)
{
	struct strings joined = { 0 };

	joined.at = arena_alloc(&c->arena, (list->count + into->count) * sizeof(*joined.at));
	for (size_t i = 0; i < list->count + into->count; i++) {
		const char *s = i < list->count ? list->at[i] : into->at[i - list->count];
		size_t k = 0;

		while (k < joined.count && strcmp(joined.at[k], s) != 0)
			k++;
		if (k == joined.count)
			joined.at[joined.count++] = s;
	}
	*into = joined;
}

/* The parts of a variable. */
static struct strings split(struct arena *arena, const char *variable, const char *separators)
{
	char *rest = arena_strdup(arena, getenv(variable)), *part;
	struct strings list = { 0 };

	while (rest && (part = strsep(&rest, separators))) {
		if (!*part)
			continue;
		list.at = arena_grow(arena, list.at, list.count, sizeof(*list.at));
		list.at[list.count++] = part;
	}
	return list;
}

/* A line's end inside of it would end the header it is sent in. */
const char *config_token(struct arena *arena, const char *text, bool *out_good)
{
	size_t len;
	char *token;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	token = arena_strndup(arena, text, len);
	*out_good = true;
	for (const char *c = token; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			*out_good = false;
	return len && *out_good ? token : NULL;
}

/* What the environment says wins over the file. */
static void set_token(struct config *c, const char *name, const char *token)
{
	struct config_host *host = config_host(c, name);

	if (!host) {
		c->hosts = arena_grow(&c->arena, c->hosts, c->host_count, sizeof(*c->hosts));
		host = &c->hosts[c->host_count++];
		*host = (struct config_host){ .name = name };
	}
	host->token = token;
}

static void add_patience(struct config *c, const char *word, struct problems *problems)
{
	const struct {
		const char *name;
		unsigned *value;
	} words[] = { { "retries=", &c->retries },
		      { "stall=", &c->stall_s },
		      { "wait=", &c->retry_wait_ms } };
	unsigned long value;
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *digits = word + strlen(words[i].name);

		if (!text_has_prefix(word, words[i].name))
			continue;
		value = strtoul(digits, &end, 10);
		if (*digits < '1' || *digits > '9' || *end || value > 100000)
			break;
		*words[i].value = (unsigned)value;
		return;
	}
	problems_add(problems, NULL, 0,
		     "BOTHY_HTTP: expected retries=N, stall=SECONDS or wait=MS, got '%s'", word);
}

void config_add_environment(struct config *c, struct problems *problems)
{
	struct strings servers = split(&c->arena, "BOTHY_BOX_SERVERS", ", \t\n");
	struct strings catalogs = split(&c->arena, "BOTHY_BOX_CATALOGS", ":");
	struct strings patience = split(&c->arena, "BOTHY_HTTP", ", ");
	const char *given = getenv("BOTHY_BOX_TOKEN"), *token;
	bool good;

	token = config_token(&c->arena, given ? given : "", &good);
	if (!good)
		problems_add(problems, NULL, 0, "BOTHY_BOX_TOKEN: there is a blank in it");

	for (size_t i = 0; i < servers.count; i++) {
		const char *host = host_of(servers.at[i], &c->arena);

		if (!config_is_server(servers.at[i])) {
			problems_add(problems, NULL, 0, "BOTHY_BOX_SERVERS: '%s' is not a URL",
				     servers.at[i]);
			problems_hint(problems, "write it like https://boxes.example.org");
		} else if (host && token) {
			set_token(c, host, token);
		}
	}
	for (size_t i = 0; i < patience.count; i++)
		add_patience(c, patience.at[i], problems);
	put_first(c, &c->servers, &servers);
	put_first(c, &c->catalogs, &catalogs);
}

void config_clear(struct config *c)
{
	arena_clear(&c->arena);
	*c = (struct config){ 0 };
}
