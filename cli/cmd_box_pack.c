/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box pack: a box file of a disk image or a directory. */
#include "cli/commands.h"

#include <string.h>
#include <sys/stat.h>

#include "boxes/directory.h"
#include "boxes/import.h"
#include "boxes/pack.h"
#include "cli/plaintext.h"

struct packing {
	const char *from, *to, *user, *vagrantfile;
	bool force;
	struct watcher watch;
	struct content content; /* what looking into the image told */
	struct pack *pack;      /* NULL: only looking */
};

static void clear_packing(struct packing *p)
{
	content_clear(&p->content);
	pack_free(&p->pack);
}

static int nowhere(void *ctx, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	(void)err;
	return 0;
}

static int begin(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		 struct error *err)
{
	struct packing *p = ctx;

	if (strcmp(format, "qcow2") != 0) {
		error_set(err, ERROR_BOX, "Vagrant's boxes hold qcow2, and this is a %s image",
			  format);
		return error_hint(err, "qemu-img convert -O qcow2 IMAGE NEW");
	}
	(void)file_bytes; /* of a compressed one not known before the end */
	*out = (struct image_sink){ .write = nowhere };
	if (!p->pack)
		return 0;
	return pack_disk(p->pack, p->content.disks[0].file_bytes, p->content.disks[0].disk_bytes,
			 out, err);
}

/* Once to look at it whole, as its size comes before it in a box, and once to put it in. */
static int read_image(struct packing *p, struct error *err)
{
	cleanup_growing struct growing *file = NULL;
	cleanup_import struct import *import = NULL;
	cleanup_content struct content content = { 0 };
	struct import_spec spec = { .name = p->from, .watch = &p->watch };
	struct image_target target = { .begin = begin, .ctx = p };

	if (growing_open(p->from, &file, err) < 0)
		return -1;
	spec.file = file;
	if (import_open(&spec, &import, err) < 0)
		return -1;
	if (import_kind(import) != IMAGE_DISK)
		return error_set(err, ERROR_BOX, "it is a root filesystem, and a box as it is");
	if (import_disks(import, &target, &content, err) < 0)
		return -1;
	if (content.disk_count != 1)
		return error_set(err, ERROR_BOX, "it is a box already");
	content_clear(&p->content);
	p->content = content;
	content = (struct content){ 0 };
	return 0;
}

static int pack_image(struct packing *p, struct error *err)
{
	struct pack_spec spec = { .path = p->to,
				  .format = PACK_V1,
				  .disk_count = 1,
				  .user = p->user,
				  .first_boot = FIRST_BOOT_KNOWN_KEY,
				  .vagrantfile = p->vagrantfile,
				  .watch = &p->watch };

	if (read_image(p, err) < 0)
		return -1;
	/* Who names a user does not mean a box with Vagrant's key. */
	if (p->user)
		spec.first_boot = p->content.first_boot;
	if (pack_open(&spec, &p->pack, err) < 0 || read_image(p, err) < 0)
		return -1;
	return pack_commit(p->pack, err);
}

static int pack(struct session *s, struct packing *p, struct error *err)
{
	struct directory_spec directory = { .path = p->from, .out = p->to, .watch = &p->watch };
	cleanup_free char *size = NULL;
	struct stat st;

	p->watch = out_watcher(s->out);
	if (stat(p->from, &st) < 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no '%s'", p->from);
	if (command_check_output(p->to, p->force, err) < 0 || fs_remove(p->to, err) < 0)
		return -1;
	if ((S_ISDIR(st.st_mode) ? directory_pack(&directory, err) : pack_image(p, err)) < 0)
		return error_wrap(err, "cannot make a box of '%s'", p->from);
	if (stat(p->to, &st) < 0)
		return error_set(err, ERROR_SYSTEM, "'%s' is gone", p->to);
	size = text_format_bytes((uint64_t)st.st_size);
	out_info(s->out, "wrote '%s' (%s)", p->to, size);
	out_document(s->out, json_pack("{s:o, s:I}", "file", plaintext_json_text(p->to),
				       "size_bytes", (json_int_t)st.st_size));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct packing p = { 0 };
	const struct option_row rows[] = {
		{ 0, "user", OPTION_STRING, &p.user, "NAME", "who to log in as" },
		{ 0, "vagrantfile", OPTION_STRING, &p.vagrantfile, "FILE",
		  "put this in as its Vagrantfile" },
		{ 'f', "force", OPTION_FLAG, &p.force, NULL, "replace a file that exists" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 2, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc < 2) {
		error_set(err, ERROR_USAGE, "%s",
			  argc ? "where to write the box is missing" :
				 "what to pack and where to write it are missing");
		return command_misused(&cmd_box_pack, err);
	}
	p.from = argv[0];
	p.to = argv[1];
	rc = pack(s, &p, err);
	clear_packing(&p);
	return rc;
}

const struct command cmd_box_pack = {
	"box pack",
	"box",
	"[OPTIONS] SOURCE FILE",
	"Make a box file of a disk image or a directory",
	run,
};
