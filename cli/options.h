/* SPDX-License-Identifier: Apache-2.0 */
/* Option rows: one row parses an option, prints its line of help and completes it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "core/env.h"
#include "core/error.h"

enum option_type {
	OPTION_FLAG,    /* bool * */
	OPTION_NO_FLAG, /* enum option_choice *: --name and --no-name */
	OPTION_STRING,  /* const char ** (borrowed from argv) */
	OPTION_STRINGS, /* struct strings *: repeatable, and split at commas; freed by strings_free() */
	OPTION_CHOICE, /* const char **: one of the words in `arg`, separated by "|" */
};

enum option_choice { CHOICE_UNSET, CHOICE_YES, CHOICE_NO };

struct option_row {
	char letter; /* 0: none */
	const char *name;
	enum option_type type;
	void *target;
	const char *arg; /* what help calls the argument; NULL for flags */
	const char *help;
};

struct options {
	const struct option_row *rows;
	size_t count;
};
#define OPTIONS(rows_) (&(struct options){ .rows = (rows_), .count = ARRAY_SIZE(rows_) })

/*
 * Parses argv[0…]: options are taken wherever they stand up to "--" or, with stop_at_first, up to
 * the first word that is none. Leaves the other words, in order, in argv[0…*argc]; "--" stays
 * among them. ERROR_USAGE names the option, and the nearest one known.
 */
int options_parse(const struct options *options, int *argc, char **argv, bool stop_at_first,
		  struct error *err);
/* The table of options for help; the same as an array for --json. */
void options_print(FILE *to, const struct options *options);
json_t *options_document(const struct options *options);

#endif
