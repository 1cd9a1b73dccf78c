/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which content the boxes of an environment mean, as far as this host knows without asking anybody: by
 * bothy.lock, by the machine that exists, by the store, or by the file itself.
 */
#ifndef CLI_STOCK_H
#define CLI_STOCK_H

#include "boxes/content.h"
#include "boxes/entry.h"
#include "boxes/lockfile.h"
#include "boxes/resolve.h"
#include "cli/session.h"

/* The user's configuration and $BOTHY_BOX_SERVERS; ERROR_ENVFILE leaves the mistakes in s->problems. Done once. */
int stock_configure(struct session *s, struct error *err);
void stock_free(struct stock **stock);
/* After stock_configure(). Borrowed. */
const struct resolve_conf *stock_resolve_conf(const struct session *s);

/* For every host, before what is configured for it; borrowed. Called once. */
void stock_trust(struct session *s, const struct http_host *trust);

/* Borrows from the machine. ERROR_BOX for a box_version that is none. */
int stock_want(const struct machine *m, struct box_want *out, struct error *err);
/* What --provider, or else $BOTHY_PROVIDER, says for whoever names none; NULL: neither. ERROR_USAGE. */
int stock_default_provider(const struct session *s, const char **out, struct error *err);
/* Who takes boxes of that kind: "kvm" or "container". Static. */
const char *stock_kind_provider(enum image_kind kind);
/* NULL if that provider takes boxes of that kind, else what is wrong with it. Static. */
const char *stock_kind_problem(const char *provider, enum image_kind kind);
/* "kvm" or "container": the word of boxes for what the machine's provider takes. Static. */
const char *stock_provider(const struct machine *m);
/* Debian's word for the architecture of the machine's box. */
const char *stock_architecture(const struct machine *m);
/* stock_provider() for a provider's name. */
const char *stock_provider_word(const char *provider);
/* What the machine asks for as bothy.lock has it: name, provider, architecture and constraint; borrowed. */
struct lock_box stock_asks(const struct machine *m);
/*
 * The lock's line for the machine's box: the one that was written for what the machine asks for, or, if that
 * was changed since, the newest that it still allows; else NULL.
 */
int stock_locked(struct session *s, const struct machine *m, const struct lock_box **out,
		 struct error *err);
/*
 * The digest that the machine's box means, "" if it is not known; `have` is the machine as it exists, or NULL. *out_unfit (may
 * be NULL) tells of a digest that is not known that it is not the one of `have`.
 */
int stock_digest(struct session *s, const struct machine *m, const struct observed_machine *have,
		 char out_hex[static DIGEST_HEX_BYTES], bool *out_unfit, struct error *err);
/* Whether machines of that provider can be made from the content here and now. */
int stock_holds(struct session *s, const char *provider, const struct content *c, bool *out,
		struct error *err);

#endif
