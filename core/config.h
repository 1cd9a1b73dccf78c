/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's own settings, which are not the project's: where boxes are looked for, and what hosts may be
 * told and how they prove themselves. From config.lua (lua/configfile.h) and the environment.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "core/env.h"
#include "core/error.h"

struct config_host {
	struct decl decl;
	const char *name;  /* lower case, "boxes.example.org" or with a port; NULL: every host */
	const char *token; /* NULL, never empty: none */
	const char *ca_file, *ca_path, *client_cert, *client_key; /* absolute paths */
	bool insecure;
};

/* Arena-owned. {0} is an empty one. */
struct config {
	struct arena arena;
	struct strings servers;  /* base URLs, to be asked in order */
	struct strings catalogs; /* paths of catalog files */
	struct config_host *hosts;
	size_t host_count;
	/* When a line is a broken one, and how often and after how long it is tried again; 0: as usual. */
	unsigned stall_s, retries, retry_wait_ms;
};

/* The file to read: $BOTHY_CONFIG, else bothy/config.lua in $XDG_CONFIG_HOME or ~/.config. Caller frees. */
char *config_path(void);
/*
 * Adds what the environment says, before what is there: $BOTHY_BOX_SERVERS (URLs with blanks or commas
 * between them), $BOTHY_BOX_CATALOGS (paths with colons), and $BOTHY_BOX_TOKEN for the hosts of these servers,
 * and of no others; $BOTHY_HTTP ("retries=2,stall=10,wait=100"). Mistakes become problems.
 */
void config_add_environment(struct config *c, struct problems *problems);
/* Of that name, or NULL. */
struct config_host *config_host(const struct config *c, const char *name);

/* The token without blanks around it; NULL, and *out_good, tell one that is empty, or has others in it. */
const char *config_token(struct arena *arena, const char *text, bool *out_good);
/* True for http:, https: and file: URLs, which box_servers takes. */
bool config_is_server(const char *url);
/* Whether it may name a host: "boxes.example.org", "10.0.0.1:8080", "[::1]:8080". */
bool config_is_host(const char *name);

void config_clear(struct config *c);
#define cleanup_config cleanup(config_clear)

#endif
