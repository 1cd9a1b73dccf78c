/* SPDX-License-Identifier: Apache-2.0 */
/* box_locate(): what the user wrote as a box, as a path. */
#include "boxes/box.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* RFC 8089: "file:/path", "file:///path", "file://localhost/path"; also a relative "file:path". */
static int url_path(const char *url, char **out, struct error *err)
{
	cleanup_text struct text path = { 0 };
	const char *at = url + strlen("file:");

	if (text_has_prefix(at, "//")) {
		at += 2;
		if (text_has_prefix(at, "localhost/"))
			at += strlen("localhost");
		if (*at != '/')
			return error_set(err, ERROR_BOX, "box '%s': the URL names another host",
					 url);
	}
	for (; *at; at++) {
		char byte = *at;

		if (byte == '%') {
			int high = hex_digit(at[1]);
			int low = high < 0 ? -1 : hex_digit(at[2]);

			if (low < 0 || !(high | low))
				return error_set(err, ERROR_BOX, "box '%s': bad escape in the URL",
						 url);
			byte = (char)(high << 4 | low);
			at += 2;
		}
		text_addn(&path, &byte, 1);
	}
	*out = text_take(&path);
	return 0;
}

static int spec_path(const char *spec, char **out, struct error *err)
{
	const char *home = getenv("HOME");

	if (text_has_prefix(spec, "file:"))
		return url_path(spec, out, err);
	if (text_has_prefix(spec, "http:") || text_has_prefix(spec, "https:")) {
		error_set(err, ERROR_NOT_FOUND, "box '%s' is not a file of this host", spec);
		return error_hint(err, "download it and write its path");
	}
	*out = text_has_prefix(spec, "~/") && home ? fs_join(home, spec + 2) : xstrdup(spec);
	return 0;
}

int box_locate(const char *spec, const char *directory, char **out, struct error *err)
{
	cleanup_free char *path = NULL, *full = NULL, *real = NULL;
	struct stat st;

	if (spec_path(spec, &path, err) < 0)
		return -1;
	if (!*path)
		return error_set(err, ERROR_NOT_FOUND, "box '%s' names no file", spec);
	full = fs_join(directory, path);
	if (stat(full, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return error_errno(err, errno, "cannot look at box '%s'", spec);
		error_set(err, ERROR_NOT_FOUND, "box '%s' not found: there is no file '%s'", spec,
			  full);
		return error_hint(err, "write the path of a .box, a disk image or a tarball");
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_BOX, "box '%s' is not a file", spec);
	if (fs_real_path(full, &real, err) < 0)
		return error_wrap(err, "box '%s'", spec);
	*out = take_ptr(real);
	return 0;
}
