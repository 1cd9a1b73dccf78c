/* SPDX-License-Identifier: Apache-2.0 */
/* The pool. */
#include "providers/libvirt_pool.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/text.h"
#include "providers/xml.h"

#define POOL_NAME "bothy"
#define SYSTEM_PATH "/var/lib/libvirt/images/bothy"

bool libvirt_is_session(struct libvirt_provider *p)
{
	cleanup_free char *uri = virt.ConnectGetURI(p->conn);

	return uri && text_has_suffix(uri, "/session");
}

/* A user's libvirt has no right to the system's directory. */
static char *path_for(struct libvirt_provider *p)
{
	return libvirt_is_session(p) ? fs_join(p->home, "pool") : xstrdup(SYSTEM_PATH);
}

/* QEMU runs as another user, which must be able to pass through to the volumes. */
static char *pool_xml(const char *path)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_open(&x, "pool", "type", "dir", NULL);
	xml_element(&x, "name", "%s", POOL_NAME);
	xml_begin(&x, "target");
	xml_element(&x, "path", "%s", path);
	xml_begin(&x, "permissions");
	xml_element(&x, "mode", "0711");
	xml_end(&x);
	xml_end(&x);
	xml_end(&x);
	return xml_take(&x);
}

static int look_up(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	*out = virt.StoragePoolLookupByName(p->conn, POOL_NAME);
	if (!*out && libvirt_error_code() != VIR_ERR_NO_STORAGE_POOL)
		return libvirt_error(err, "cannot look for storage pool '%s'", POOL_NAME);
	return 0;
}

/* Others may do the same at the same time: what counts is that it runs in the end. */
static int start(virStoragePoolPtr pool, struct error *err)
{
	if (virt.StoragePoolIsActive(pool) == 1 || virt.StoragePoolCreate(pool, 0) == 0 ||
	    virt.StoragePoolIsActive(pool) == 1)
		return 0;
	/* Its directory was removed. */
	if (virt.StoragePoolBuild(pool, 0) == 0 && virt.StoragePoolCreate(pool, 0) == 0)
		return 0;
	return libvirt_error(err, "cannot start storage pool '%s'", POOL_NAME);
}

static int make(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	cleanup_free char *path = path_for(p), *text = pool_xml(path);

	*out = virt.StoragePoolDefineXML(p->conn, text, 0);
	if (!*out)
		return libvirt_error(err, "cannot define storage pool '%s'", POOL_NAME);
	if (virt.StoragePoolBuild(*out, 0) < 0) {
		libvirt_error(err, "cannot make the directory of storage pool '%s'", POOL_NAME);
		virt.StoragePoolUndefine(*out);
		return -1;
	}
	virt.StoragePoolSetAutostart(*out, 1);
	return 0;
}

int libvirt_pool_find(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (look_up(p, &pool, err) < 0)
		return -1;
	*out = pool && virt.StoragePoolIsActive(pool) == 1 ? take_ptr(pool) : NULL;
	return 0;
}

int libvirt_pool_start(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;
	libvirt_locked(p);

	if (look_up(p, &pool, err) < 0 || (pool && start(pool, err) < 0))
		return -1;
	*out = take_ptr(pool);
	return 0;
}

int libvirt_pool_ensure(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;
	libvirt_locked(p);

	if (look_up(p, &pool, err) < 0 || (!pool && make(p, &pool, err) < 0) ||
	    start(pool, err) < 0)
		return -1;
	*out = take_ptr(pool);
	return 0;
}

int libvirt_pool_path(virStoragePoolPtr pool, char **out, struct error *err)
{
	cleanup_free char *text = virt.StoragePoolGetXMLDesc(pool, 0);
	cleanup_xml_doc xmlDocPtr doc = NULL;
	const char *path;

	if (!text)
		return libvirt_error(err, "cannot describe storage pool '%s'", POOL_NAME);
	if (xml_parse(text, "the storage pool", &doc, err) < 0)
		return -1;
	path = xml_text(xml_find(xml_root(doc), "target/path"));
	*out = xstrdup(path ? path : SYSTEM_PATH);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume_entry *)a)->name,
		      ((const struct volume_entry *)b)->name);
}

int libvirt_pool_list(virStoragePoolPtr pool, struct volume_list *out, struct error *err)
{
	virStorageVolPtr *vols = NULL;
	int n = virt.StoragePoolListAllVolumes(pool, &vols, 0);

	if (n < 0)
		return libvirt_error(err, "cannot list storage pool '%s'", POOL_NAME);
	out->at = xcalloc((size_t)n + 1, sizeof(*out->at));
	out->count = (size_t)n;
	for (size_t i = 0; i < out->count; i++)
		out->at[i] = (struct volume_entry){ vols[i], virt.StorageVolGetName(vols[i]) };
	free(vols);
	qsort(out->at, out->count, sizeof(*out->at), by_name);
	return 0;
}

bool volume_list_has(const struct volume_list *list, const char *name)
{
	const struct volume_entry key = { .name = name };

	return list->count &&
	       bsearch(&key, list->at, list->count, sizeof(*list->at), by_name) != NULL;
}

void volume_list_clear(struct volume_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		libvirt_free_volume(&list->at[i].vol);
	free(list->at);
	*list = (struct volume_list){ 0 };
}
