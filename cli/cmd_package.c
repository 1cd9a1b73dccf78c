/* SPDX-License-Identifier: Apache-2.0 */
/* bothy package: a machine into a box. */
#include "cli/commands.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/package.h"
#include "cli/plaintext.h"
#include "core/stop.h"

struct options_of_package {
	const char *output, *format, *vagrantfile;
	bool force;
};

static int choose_format(const struct options_of_package *o, const struct package *p,
			 enum pack_format *out, struct error *err)
{
	bool container = p->provider->ops->image_kind == IMAGE_ROOTFS;
	const char *word = o->format ? o->format : container ? "rootfs" : "v1";

	*out = strcmp(word, "v2") == 0 ? PACK_V2 : strcmp(word, "v1") == 0 ? PACK_V1 : PACK_ROOTFS;
	if ((*out == PACK_ROOTFS) == container)
		return 0;
	return error_set(err, ERROR_USAGE, "a %s cannot become a box of format '%s'",
			 container ? "container" : "VM", word);
}

static int find_machine(struct session *s, const char *word, struct package *p, struct error *err)
{
	const char *name;

	if (session_load(s, err) < 0 || session_lock(s, err) < 0 || session_observe(s, err) < 0 ||
	    session_select_one(s, word, &name, err) < 0)
		return -1;
	p->want = env_machine(&s->env, name);
	p->have = observed_machine(&s->observed, s->project.id, name);
	if (!p->want || !p->have || !p->have->complete) {
		error_set(err, ERROR_NOT_FOUND,
			  "machine '%s' does not exist, so it cannot be packaged", name);
		return error_hint(err, "'bothy up %s' makes it", name);
	}
	return session_provider(s, p->have->provider, &p->provider, err);
}

static int package(struct session *s, const struct options_of_package *o, const char *word,
		   struct error *err)
{
	struct package p = { .vagrantfile = o->vagrantfile };
	int64_t start = clock_ms();
	cleanup_free char *size = NULL;
	struct stat st;

	if (find_machine(s, word, &p, err) < 0 || choose_format(o, &p, &p.format, err) < 0)
		return -1;
	p.path = o->output               ? o->output :
		 p.format == PACK_ROOTFS ? "package.tar.zst" :
					   "package.box";
	if (p.provider->ops->needs_root && geteuid() != 0) {
		error_set(err, ERROR_DENIED, "cannot package machine '%s': a %s needs root",
			  p.want->name, p.have->provider);
		return error_hint(err, "sudo bothy package");
	}
	if (command_check_output(p.path, o->force, err) < 0 || fs_remove(p.path, err) < 0 ||
	    package_machine(s, &p, err) < 0)
		return -1;
	if (stat(p.path, &st) < 0)
		return error_set(err, ERROR_SYSTEM, "'%s' is gone", p.path);
	size = text_format_bytes((uint64_t)st.st_size);
	out_info(s->out, "wrote '%s' (%s) in %.1f s; 'bothy box add --name NAME %s' adds it",
		 p.path, size, (double)(clock_ms() - start) / 1000, p.path);
	out_document(s->out,
		     json_pack("{s:s, s:o, s:I}", "machine", p.want->name, "file",
			       plaintext_json_text(p.path), "size_bytes", (json_int_t)st.st_size));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct options_of_package o = { 0 };
	const struct option_row rows[] = {
		{ 'o', "output", OPTION_STRING, &o.output, "FILE", "where to write it" },
		{ 0, "format", OPTION_CHOICE, &o.format, "v1|v2|rootfs",
		  "of Vagrant's boxes for libvirt, or a tarball" },
		{ 0, "vagrantfile", OPTION_STRING, &o.vagrantfile, "FILE",
		  "put this in as its Vagrantfile" },
		{ 'f', "force", OPTION_FLAG, &o.force, NULL, "replace a file that exists" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 1, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	return package(s, &o, argc ? argv[0] : NULL, err);
}

const struct command cmd_package = {
	"package", "keep", "[OPTIONS] [MACHINE]", "Make a box of a machine, without its identity",
	run,
};
