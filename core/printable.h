/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of files that nobody vouches for, as a terminal may show them. */
#ifndef CORE_PRINTABLE_H
#define CORE_PRINTABLE_H

/*
 * One line of it: newlines become "⏎", other blanks one blank, and what a terminal would obey or hide by (control
 * characters, those that turn the direction of writing, what is not UTF-8) "?". Caller frees.
 */
char *printable_line(const char *s);
/* The same of a text of several lines, in place: newlines and tabs stay. */
void printable_text(char *s);

#endif
