/* SPDX-License-Identifier: Apache-2.0 */
/* Holds XML against the schemas that libvirt installs; where there are none it checks nothing. */
#ifndef TESTS_UNIT_XML_SCHEMA_H
#define TESTS_UNIT_XML_SCHEMA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"
#include "providers/xml.h"

#define SCHEMA_MS 60000

/* `schema` is what virt-xml-validate calls it: "domain", "network". */
static inline void assert_schema(const char *xml, const char *schema)
{
	char path[] = "/tmp/bothy-schema-XXXXXX";
	int fd = mkstemp(path), failed;
	cleanup_error struct error err = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(write(fd, xml, strlen(xml)), strlen(xml));
	close(fd);
	failed = fs_exists("/usr/bin/virt-xml-validate") &&
		 proc_must((const char *[]){ "virt-xml-validate", path, schema, NULL },
			   clock_ms() + SCHEMA_MS, &err) < 0;
	unlink(path);
	if (failed)
		print_error("%s\n%s\n", err.text, xml);
	assert_false(failed);
}

#endif
