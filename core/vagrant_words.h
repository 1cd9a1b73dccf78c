/* SPDX-License-Identifier: Apache-2.0 */
/* What Vagrant and its plugins call things: a hint for whoever comes from there, wherever a word is not known. */
#ifndef CORE_VAGRANT_WORDS_H
#define CORE_VAGRANT_WORDS_H

/* Where a word stands, if not in a table of fields, which is called as its schema is ("machine", "card", …). */
#define VAGRANT_COMMAND "command"
#define VAGRANT_OPTION "option" /* without its dashes */
#define VAGRANT_NAME "name"     /* of something in the file that is not declared */
#define VAGRANT_PROVIDER \
	"provider" /* the value of that field or option; others are called as their field */

/*
 * What it is here, or that there is no such thing: a clause that follows "unknown field; ", or stands as a hint. NULL for
 * words that are not Vagrant's. Static.
 */
const char *vagrant_hint(const char *place, const char *word);

#endif
