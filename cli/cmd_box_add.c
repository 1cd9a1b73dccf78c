/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box add: a box from anywhere into the store. */
#include "cli/bring.h"
#include "cli/commands.h"
#include "cli/stock.h"
#include "core/stop.h"
#include "core/vagrant_words.h"

#include <string.h>

struct add {
	const char *name, *version, *provider, *architecture, *checksum;
	bool force;
	struct http_host trust;
};

static int check(const struct add *a, struct error *err)
{
	const char *vagrant = a->provider ? vagrant_hint(VAGRANT_PROVIDER, a->provider) : NULL;

	if (a->provider && !provider_find(a->provider)) {
		error_set(err, ERROR_USAGE, "there is no provider '%s'", a->provider);
		return vagrant ? error_hint(err, "%s", vagrant) : -1;
	}
	/* Whoever sits in between could hand out any box as the wanted one. */
	if (a->trust.insecure && !a->checksum) {
		error_set(err, ERROR_USAGE, "'--insecure' needs a '--checksum'");
		return error_hint(err, "what is not checked on the way must be checked at the end");
	}
	return 0;
}

static int read_checksum(const char *word, struct checksum *out, struct error *err)
{
	if (!word || checksum_parse(word, out, err) == 0)
		return 0;
	err->kind = ERROR_USAGE;
	return error_wrap(err, "option '--checksum'");
}

static void tell(struct session *s, const struct entry *e, bool is_new, int64_t took_ms)
{
	cleanup_free char *size = text_format_bytes(e->size_bytes);

	if (is_new)
		out_info(s->out, "added '%s'%s%s (%s, %s, %s) in %.1f s", e->name,
			 e->version ? " " : "", e->version ? e->version : "", e->provider,
			 e->architecture, size, (double)took_ms / 1000);
	else
		out_info(s->out, "'%s'%s%s (%s, %s) is in the store already", e->name,
			 e->version ? " " : "", e->version ? e->version : "", e->provider,
			 e->architecture);
	out_document(s->out,
		     json_pack("{s:s, s:s?, s:s, s:s, s:I, s:s, s:b}", "name", e->name, "version",
			       e->version, "provider", e->provider, "architecture", e->architecture,
			       "size_bytes", (json_int_t)e->size_bytes, "digest", e->digest, "new",
			       (int)is_new));
}

static int add(struct session *s, const struct add *a, const char *source, struct error *err)
{
	struct watcher watch = out_watcher(s->out);
	struct box_want want = { .name = source,
				 .version = a->version,
				 .plain_version = a->version,
				 .architecture = a->architecture };
	struct bring b = {
		.session = s,
		.want = &want,
		.provider = a->provider ? a->provider : s->options.provider,
		.name = a->name,
		.again = a->force,
		.keeps_others = !a->force,
		.watch = &watch,
	};
	int64_t start = clock_ms();
	bool is_new;
	struct entry e;

	if (read_checksum(a->checksum, &want.checksum, err) < 0 ||
	    stock_default_provider(s, &b.preferred, err) < 0 || stock_configure(s, err) < 0)
		return -1;
	stock_trust(s, &a->trust);
	if (b.provider || b.preferred)
		want.provider = stock_provider_word(b.provider ? b.provider : b.preferred);
	if (bring_box(&b, &e, &is_new, err) < 0)
		return -1;
	tell(s, &e, is_new, clock_ms() - start);
	entry_clear(&e);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct add a = { 0 };
	const struct option_row rows[] = {
		{ 0, "name", OPTION_STRING, &a.name, "NAME", "what to call it" },
		{ 0, "box-version", OPTION_STRING, &a.version, "VERSION",
		  "which version (a constraint); a file's is called so" },
		{ 0, "provider", OPTION_STRING, &a.provider, "PROVIDER",
		  "kvm or container, where it is offered for several" },
		{ 'a', "architecture", OPTION_STRING, &a.architecture, "ARCH",
		  "amd64, arm64, …; this host's unless told otherwise" },
		{ 0, "checksum", OPTION_STRING, &a.checksum, "sha256:HEX",
		  "what it must have; also sha512, sha384, sha1, md5" },
		{ 'f', "force", OPTION_FLAG, &a.force, NULL, "in the place of one of that name" },
		{ 0, "cacert", OPTION_STRING, &a.trust.ca_file, "FILE",
		  "trust these certificate authorities" },
		{ 0, "capath", OPTION_STRING, &a.trust.ca_path, "DIR", "the same, as a directory" },
		{ 0, "cert", OPTION_STRING, &a.trust.client_cert, "FILE", "client certificate" },
		{ 0, "key", OPTION_STRING, &a.trust.client_key, "FILE", "its private key" },
		{ 0, "insecure", OPTION_FLAG, &a.trust.insecure, NULL,
		  "check no certificate; needs --checksum" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 2, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc == 0 || !*argv[argc - 1]) {
		error_set(err, ERROR_USAGE, "no box given");
		return error_hint(err, "name one ('debian/12'), or give a path or URL");
	}
	if (argc == 2)
		a.name = argv[0];
	if (check(&a, err) < 0)
		return -1;
	return add(s, &a, argv[argc - 1], err);
}

const struct command cmd_box_add = {
	"box add", "box", "[OPTIONS] [NAME] SOURCE", "Bring a box by name, path or URL", run,
};
