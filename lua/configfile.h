/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's config.lua → struct config, in the sandbox that bothy.lua runs in. It reads files of its own directory
 * only; paths it names for others begin at that directory, or at the user's home ("~/").
 *
 *   box_servers { "https://boxes.example.org", "https://mirror.example.org/boxes" }
 *   box_catalogs { "~/boxes/catalog.json" }
 *   host "boxes.example.org" { token = env("BOXES_TOKEN", ""), ca_file = "~/ca.pem" }
 *   host { ca_file = "proxy.pem" }    -- every host
 */
#ifndef LUA_CONFIGFILE_H
#define LUA_CONFIGFILE_H

#include "core/config.h"
#include "core/error.h"

/*
 * No file is an empty configuration. Mistakes go to `problems`, each with its line; then *out must not be used.
 * A token written into a file that others can read is one of them. -1 only if the file cannot be read at all.
 * The caller clears *out with config_clear() in every case.
 */
int configfile_load(const char *path, struct config *out, struct problems *problems,
		    struct error *err);

#endif
