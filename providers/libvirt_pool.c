/* SPDX-License-Identifier: Apache-2.0 */
/* The pool, the bases in it and the disks over them. */
#include "providers/libvirt_pool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/xml.h"

#define POOL_NAME "bothy"
#define POOL_PATH "/var/lib/libvirt/images/bothy"
#define MIB ((uint64_t)1 << 20)
#define PACKET_BYTES 262120u /* the most that libvirt's protocol carries at once */
#define IMPORT_WAIT_MS (10 * 60 * 1000)

/* QEMU runs as another user, which must be able to pass through to the volumes. */
static char *pool_xml(void)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_open(&x, "pool", "type", "dir", NULL);
	xml_element(&x, "name", "%s", POOL_NAME);
	xml_begin(&x, "target");
	xml_element(&x, "path", "%s", POOL_PATH);
	xml_begin(&x, "permissions");
	xml_element(&x, "mode", "0711");
	xml_end(&x);
	xml_end(&x);
	xml_end(&x);
	return xml_take(&x);
}

/* *out stays NULL if there is none. */
static int find_pool(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	*out = virt.StoragePoolLookupByName(p->conn, POOL_NAME);
	if (!*out && libvirt_error_code() != VIR_ERR_NO_STORAGE_POOL)
		return libvirt_error(err, "cannot look for storage pool '%s'", POOL_NAME);
	return 0;
}

/* Others may do the same at the same time: what counts is that it runs in the end. */
static int start_pool(virStoragePoolPtr pool, struct error *err)
{
	if (virt.StoragePoolIsActive(pool) == 1 || virt.StoragePoolCreate(pool, 0) == 0 ||
	    virt.StoragePoolIsActive(pool) == 1)
		return 0;
	/* Its directory was removed. */
	if (virt.StoragePoolBuild(pool, 0) == 0 && virt.StoragePoolCreate(pool, 0) == 0)
		return 0;
	return libvirt_error(err, "cannot start storage pool '%s'", POOL_NAME);
}

static int make_pool(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	cleanup_free char *text = pool_xml();

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

static int ensure_pool(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;
	libvirt_locked(p);

	if (find_pool(p, &pool, err) < 0 || (!pool && make_pool(p, &pool, err) < 0) ||
	    start_pool(pool, err) < 0)
		return -1;
	*out = take_ptr(pool);
	return 0;
}

/* *out stays NULL if there is none. */
static int find_volume(virStoragePoolPtr pool, const char *name, virStorageVolPtr *out,
		       struct error *err)
{
	*out = virt.StorageVolLookupByName(pool, name);
	if (!*out && libvirt_error_code() != VIR_ERR_NO_STORAGE_VOL)
		return libvirt_error(err, "cannot look for disk '%s'", name);
	return 0;
}

static int remove_volume(virStoragePoolPtr pool, const char *name, struct error *err)
{
	cleanup_volume virStorageVolPtr vol = NULL;

	if (find_volume(pool, name, &vol, err) < 0)
		return -1;
	if (!vol || virt.StorageVolDelete(vol, 0) == 0 ||
	    libvirt_error_code() == VIR_ERR_NO_STORAGE_VOL)
		return 0;
	return libvirt_error(err, "cannot remove disk '%s'", name);
}

struct volume {
	const char *name, *format;
	uint64_t capacity_bytes;
	const char *mode;
	const char *base_path, *base_format; /* NULL: over nothing */
};

static char *volume_xml(const struct volume *v)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_begin(&x, "volume");
	xml_element(&x, "name", "%s", v->name);
	xml_element(&x, "capacity", "%llu", (unsigned long long)v->capacity_bytes);
	xml_element(&x, "allocation", "0");
	xml_begin(&x, "target");
	xml_empty(&x, "format", "type", v->format, NULL);
	xml_begin(&x, "permissions");
	xml_element(&x, "mode", "%s", v->mode);
	xml_end(&x);
	xml_end(&x);
	if (v->base_path) {
		xml_begin(&x, "backingStore");
		xml_element(&x, "path", "%s", v->base_path);
		xml_empty(&x, "format", "type", v->base_format, NULL);
		xml_end(&x);
	}
	xml_end(&x);
	return xml_take(&x);
}

static int make_volume(virStoragePoolPtr pool, const struct volume *v, virStorageVolPtr *out,
		       struct error *err)
{
	cleanup_free char *text = volume_xml(v);

	*out = virt.StorageVolCreateXML(pool, text, 0);
	if (!*out)
		return libvirt_error(err, "cannot make disk '%s'", v->name);
	return 0;
}

static char *base_name(const char *digest, const char *suffix)
{
	return xasprintf("%s.%s", digest, suffix);
}

static int has_volume(virStoragePoolPtr pool, const char *digest, const char *suffix, bool *out,
		      struct error *err)
{
	cleanup_volume virStorageVolPtr vol = NULL;
	cleanup_free char *name = base_name(digest, suffix);

	if (find_volume(pool, name, &vol, err) < 0)
		return -1;
	*out = vol != NULL;
	return 0;
}

static int base_is_whole(virStoragePoolPtr pool, const char *digest, bool *out, struct error *err)
{
	bool ok, qcow2, raw;

	if (has_volume(pool, digest, "ok", &ok, err) < 0 ||
	    has_volume(pool, digest, "qcow2", &qcow2, err) < 0 ||
	    has_volume(pool, digest, "raw", &raw, err) < 0)
		return -1;
	*out = ok && (qcow2 || raw);
	return 0;
}

/* Does not make the pool: a plan must not change anything. */
int libvirt_base_exists(struct provider *base, const char *digest, bool *out, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (find_pool(p, &pool, err) < 0)
		return -1;
	if (!pool || virt.StoragePoolIsActive(pool) != 1) {
		*out = false;
		return 0;
	}
	return base_is_whole(pool, digest, out, err);
}

static int send(void *ctx, const void *data, size_t len, struct error *err)
{
	virStreamPtr stream = ctx;
	const char *at = data;

	while (len) {
		size_t n = len < PACKET_BYTES ? len : PACKET_BYTES;
		int sent;

		if (stop_check(0, "importing a box", err) < 0)
			return -1;
		sent = virt.StreamSend(stream, at, n);
		if (sent < 0)
			return libvirt_error(err, "cannot write the disk");
		at += sent;
		len -= (size_t)sent;
	}
	return 0;
}

static int send_hole(void *ctx, uint64_t len, struct error *err)
{
	virStreamPtr stream = ctx;

	if (stop_check(0, "importing a box", err) < 0)
		return -1;
	if (virt.StreamSendHole(stream, (long long)len, 0) < 0)
		return libvirt_error(err, "cannot write the disk");
	return 0;
}

static int discard(void *ctx, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	return stop_check(0, "importing a box", err);
}

static int upload(struct libvirt_provider *p, virStorageVolPtr vol, const struct image *image,
		  const struct image_source *source, struct error *err)
{
	virStreamPtr stream = virt.StreamNew(p->conn, 0);
	struct image_sink sink = { .write = send, .hole = send_hole, .ctx = stream };
	int ret = -1;

	if (!stream)
		return libvirt_error(err, "cannot open a stream to libvirt");
	if (virt.StorageVolUpload(vol, stream, 0, image->file_bytes,
				  VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) < 0)
		libvirt_error(err, "cannot write the disk");
	else if (source->pour(source->ctx, &sink, err) < 0)
		virt.StreamAbort(stream);
	else if (virt.StreamFinish(stream) < 0)
		libvirt_error(err, "cannot write the disk");
	else
		ret = 0;
	virt.StreamFree(stream);
	return ret;
}

/* The test driver has volumes, but nothing can be written into them. */
static int fill(struct libvirt_provider *p, virStorageVolPtr vol, const struct image *image,
		const struct image_source *source, struct error *err)
{
	const struct image_sink nowhere = { .write = discard };

	if (p->is_test)
		return source->pour(source->ctx, &nowhere, err);
	return upload(p, vol, image, source, err);
}

/* The file is made as raw of the box file's length, so that what is poured in is stored as it is. */
static int import_base(struct libvirt_provider *p, virStoragePoolPtr pool,
		       const struct image *image, const struct image_source *source,
		       struct error *err)
{
	cleanup_free char *name = base_name(image->digest, image->format);
	cleanup_free char *ok_name = base_name(image->digest, "ok");
	const struct volume base = { name, "raw", image->file_bytes, "0444", NULL, NULL };
	const struct volume ok = { ok_name, "raw", 512, "0444", NULL, NULL };
	cleanup_volume virStorageVolPtr vol = NULL, ok_vol = NULL;

	if (remove_volume(pool, ok_name, err) < 0 || remove_volume(pool, name, err) < 0 ||
	    make_volume(pool, &base, &vol, err) < 0)
		return -1;
	if (fill(p, vol, image, source, err) == 0 && make_volume(pool, &ok, &ok_vol, err) == 0)
		return 0;
	virt.StorageVolDelete(vol, 0);
	return -1;
}

int libvirt_base_import(struct provider *base, const struct image *image,
			const struct image_source *source, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_free char *locks = fs_join(p->home, "locks"), *lock = NULL;
	cleanup_pool virStoragePoolPtr pool = NULL;
	cleanup_close int fd = -1;
	bool exists;

	lock = xasprintf("%s/%s", locks, image->digest);
	if (fs_make_dirs(locks, 0755, NULL, err) < 0 ||
	    fs_lock(lock, "importing a box", IMPORT_WAIT_MS, NULL, &fd, err) < 0 ||
	    ensure_pool(p, &pool, err) < 0 || base_is_whole(pool, image->digest, &exists, err) < 0)
		return error_wrap(err, "cannot import box '%s'", image->name);
	if (exists || import_base(p, pool, image, source, err) == 0)
		return 0;
	/* What is wrong with the box itself names it already. */
	return err->kind == ERROR_BOX ? -1 : error_wrap(err, "cannot import box '%s'", image->name);
}

int libvirt_disk_path(struct libvirt_provider *p, const char *domain_name, char **out,
		      struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;
	cleanup_free char *text = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	const char *path;

	if (ensure_pool(p, &pool, err) < 0)
		return -1;
	text = virt.StoragePoolGetXMLDesc(pool, 0);
	if (!text)
		return libvirt_error(err, "cannot describe storage pool '%s'", POOL_NAME);
	if (xml_parse(text, "the storage pool", &doc, err) < 0)
		return -1;
	path = xml_text(xml_find(xml_root(doc), "target/path"));
	*out = xasprintf("%s/%s.qcow2", path ? path : POOL_PATH, domain_name);
	return 0;
}

static int wanted_bytes(const struct image *image, uint64_t disk_mib, uint64_t *out,
			struct error *err)
{
	uint64_t wanted = disk_mib * MIB;

	if (disk_mib && wanted < image->disk_bytes) {
		cleanup_free char *has = text_format_mib((image->disk_bytes + MIB - 1) / MIB);

		error_set(err, ERROR_BOX,
			  "the disk of box '%s' is larger than the one asked for: %s", image->name,
			  has);
		return error_hint(err, "set disk = \"%s\" or more", has);
	}
	*out = disk_mib ? wanted : image->disk_bytes;
	return 0;
}

int libvirt_disk_create(struct libvirt_provider *p, const char *domain_name,
			const struct image *image, uint64_t disk_mib, struct error *err)
{
	cleanup_free char *name = xasprintf("%s.qcow2", domain_name), *base_path = NULL;
	cleanup_free char *base = base_name(image->digest, image->format);
	cleanup_volume virStorageVolPtr base_vol = NULL, vol = NULL;
	cleanup_pool virStoragePoolPtr pool = NULL;
	struct volume disk = { .name = name, .format = "qcow2", .mode = "0600" };

	if (wanted_bytes(image, disk_mib, &disk.capacity_bytes, err) < 0 ||
	    ensure_pool(p, &pool, err) < 0 || find_volume(pool, base, &base_vol, err) < 0)
		return -1;
	if (!base_vol)
		return error_set(err, ERROR_BOX, "box '%s' has not been imported", image->name);
	base_path = virt.StorageVolGetPath(base_vol);
	if (!base_path)
		return libvirt_error(err, "cannot find the disk of box '%s'", image->name);
	disk.base_path = base_path;
	disk.base_format = image->format;
	if (remove_volume(pool, name, err) < 0)
		return -1;
	return make_volume(pool, &disk, &vol, err);
}

int libvirt_disk_grow(struct libvirt_provider *p, const char *domain_name, uint64_t disk_mib,
		      struct error *err)
{
	cleanup_free char *name = xasprintf("%s.qcow2", domain_name);
	cleanup_volume virStorageVolPtr vol = NULL;
	cleanup_pool virStoragePoolPtr pool = NULL;
	virStorageVolInfo info;

	if (!disk_mib)
		return 0;
	if (ensure_pool(p, &pool, err) < 0 || find_volume(pool, name, &vol, err) < 0)
		return -1;
	if (!vol)
		return error_set(err, ERROR_NOT_FOUND, "disk '%s' is missing", name);
	if (virt.StorageVolGetInfo(vol, &info) < 0)
		return libvirt_error(err, "cannot ask for the size of disk '%s'", name);
	if (disk_mib * MIB < info.capacity)
		return error_set(err, ERROR_PROVIDER, "disk '%s' cannot become smaller", name);
	if (disk_mib * MIB > info.capacity && virt.StorageVolResize(vol, disk_mib * MIB, 0) < 0)
		return libvirt_error(err, "cannot enlarge disk '%s'", name);
	return 0;
}

int libvirt_disk_remove(struct libvirt_provider *p, const char *domain_name, struct error *err)
{
	cleanup_free char *name = xasprintf("%s.qcow2", domain_name);
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (find_pool(p, &pool, err) < 0)
		return -1;
	if (!pool)
		return 0;
	if (start_pool(pool, err) < 0)
		return -1;
	return remove_volume(pool, name, err);
}
