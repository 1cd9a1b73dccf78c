/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes, and streams into them and out of them. */
#include "providers/libvirt_volume.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/stop.h"
#include "core/text.h"
#include "providers/xml.h"

#define REMOVE_WAIT_MS (120 * 1000)
#define PACKET_BYTES 262120u /* the most that libvirt's protocol carries at once */
#define AT_HOLE (-3)         /* what virStreamRecvFlags() returns there */

/* *out stays NULL if there is none. */
static int volume_find(virStoragePoolPtr pool, const char *name, virStorageVolPtr *out,
		       struct error *err)
{
	*out = virt.StorageVolLookupByName(pool, name);
	if (!*out && libvirt_error_code() != VIR_ERR_NO_STORAGE_VOL)
		return libvirt_error(err, "cannot look for disk '%s'", name);
	return 0;
}

int volume_get(virStoragePoolPtr pool, const char *name, virStorageVolPtr *out, struct error *err)
{
	if (volume_find(pool, name, out, err) < 0)
		return -1;
	return *out ? 0 : error_set(err, ERROR_NOT_FOUND, "disk '%s' is missing", name);
}

int volume_remove(virStoragePoolPtr pool, const char *name, struct error *err)
{
	int64_t deadline = clock_ms() + REMOVE_WAIT_MS;
	cleanup_volume virStorageVolPtr vol = NULL;

	if (volume_find(pool, name, &vol, err) < 0)
		return -1;
	while (vol && virt.StorageVolDelete(vol, 0) < 0) {
		libvirt_error(err, "cannot remove disk '%s'", name);
		if (err->code == VIR_ERR_NO_STORAGE_VOL) {
			error_clear(err);
			break;
		}
		/* The daemon goes on with a copy whose client is gone, and holds both volumes until then. */
		if (err->code != VIR_ERR_OPERATION_INVALID || virt.StoragePoolIsActive(pool) != 1 ||
		    clock_ms() >= deadline)
			return -1;
		error_clear(err);
		if (stop_check(0, NULL, err) < 0)
			return -1;
		stop_wait_ms(100);
	}
	return 0;
}

static void write_target(struct xml *x, const struct volume *v)
{
	xml_begin(x, "target");
	xml_empty(x, "format", "type", v->format, NULL);
	xml_begin(x, "permissions");
	xml_element(x, "mode", "%s", v->mode);
	xml_end(x);
	/* The older one cannot give back what a guest discards of the disk below. */
	if (text_equal(v->format, "qcow2"))
		xml_element(x, "compat", "1.1");
	xml_end(x);
}

static char *volume_xml(const struct volume *v)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_begin(&x, "volume");
	xml_element(&x, "name", "%s", v->name);
	xml_element(&x, "capacity", "%llu", (unsigned long long)v->capacity_bytes);
	xml_element(&x, "allocation", "0");
	write_target(&x, v);
	if (v->base_path) {
		xml_begin(&x, "backingStore");
		xml_element(&x, "path", "%s", v->base_path);
		xml_empty(&x, "format", "type", v->base_format, NULL);
		xml_end(&x);
	}
	xml_end(&x);
	return xml_take(&x);
}

int volume_make(virStoragePoolPtr pool, const struct volume *v, virStorageVolPtr *out,
		struct error *err)
{
	cleanup_free char *text = volume_xml(v);

	*out = virt.StorageVolCreateXML(pool, text, 0);
	if (!*out)
		return libvirt_error(err, "cannot make disk '%s'", v->name);
	return 0;
}

int volume_make_from(virStoragePoolPtr pool, const struct volume *v, virStorageVolPtr from,
		     virStorageVolPtr *out, struct error *err)
{
	cleanup_free char *text = volume_xml(v);

	*out = virt.StorageVolCreateXMLFrom(pool, text, from, 0);
	if (!*out)
		return libvirt_error(err, "cannot make disk '%s'", v->name);
	return 0;
}

int volume_capacity(virStorageVolPtr vol, uint64_t *out, struct error *err)
{
	virStorageVolInfo info;

	if (virt.StorageVolGetInfo(vol, &info) < 0)
		return libvirt_error(err, "cannot ask for the size of disk '%s'",
				     virt.StorageVolGetName(vol));
	*out = info.capacity;
	return 0;
}

int volume_file_bytes(virStorageVolPtr vol, uint64_t *out, struct error *err)
{
	virStorageVolInfo info;

	if (virt.StorageVolGetInfoFlags(vol, &info, VIR_STORAGE_VOL_GET_PHYSICAL) == 0) {
		*out = info.allocation;
		return 0;
	}
	if (libvirt_error_code() == VIR_ERR_NO_SUPPORT) /* the test driver, which has no files */
		return volume_capacity(vol, out, err);
	return libvirt_error(err, "cannot ask for the length of disk '%s'",
			     virt.StorageVolGetName(vol));
}

static int stream_open(struct libvirt_provider *p, struct volume_stream *s, struct error *err)
{
	s->stream = virt.StreamNew(p->conn, 0);
	return s->stream ? 0 : libvirt_error(err, "cannot open a stream to libvirt");
}

static void stream_close(struct volume_stream *s)
{
	virt.StreamFree(s->stream);
	s->stream = NULL;
}

int volume_stream_finish(struct volume_stream *s, struct error *err)
{
	int ret = 0;

	if (s->stream && virt.StreamFinish(s->stream) < 0)
		ret = libvirt_error(err, "cannot write the disk");
	if (s->stream)
		stream_close(s);
	return ret;
}

void volume_stream_abort(struct volume_stream *s)
{
	if (!s->stream)
		return;
	virt.StreamAbort(s->stream);
	stream_close(s);
}

int volume_upload(struct libvirt_provider *p, virStorageVolPtr vol, uint64_t bytes,
		  struct volume_stream *s, struct error *err)
{
	/* The test driver has volumes, but nothing can be written into them. */
	if (p->is_test)
		return 0;
	if (stream_open(p, s, err) < 0)
		return -1;
	if (virt.StorageVolUpload(vol, s->stream, 0, bytes, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) ==
	    0)
		return 0;
	libvirt_error(err, "cannot write the disk");
	stream_close(s);
	return -1;
}

static int send(void *ctx, const void *data, size_t len, struct error *err)
{
	struct volume_stream *s = ctx;
	const char *at = data;

	while (len) {
		size_t n = len < PACKET_BYTES ? len : PACKET_BYTES;
		int sent;

		if (stop_check(0, s->doing, err) < 0)
			return -1;
		sent = s->stream ? virt.StreamSend(s->stream, at, n) : (int)n;
		if (sent < 0)
			return libvirt_error(err, "cannot write the disk");
		at += sent;
		len -= (size_t)sent;
	}
	return 0;
}

static int send_hole(void *ctx, uint64_t len, struct error *err)
{
	struct volume_stream *s = ctx;

	if (stop_check(0, s->doing, err) < 0)
		return -1;
	if (s->stream && virt.StreamSendHole(s->stream, (long long)len, 0) < 0)
		return libvirt_error(err, "cannot write the disk");
	return 0;
}

struct image_sink volume_sink(struct volume_stream *s)
{
	return (struct image_sink){ .write = send, .hole = send_hole, .ctx = s };
}

static int pour_hole(const struct image_sink *sink, uint64_t len, struct error *err)
{
	static const char zeroes[65536];

	if (sink->hole)
		return len ? sink->hole(sink->ctx, len, err) : 0;
	while (len) {
		size_t n = len < sizeof(zeroes) ? (size_t)len : sizeof(zeroes);

		if (sink->write(sink->ctx, zeroes, n, err) < 0)
			return -1;
		len -= n;
	}
	return 0;
}

/* The next part of the file. Its length, 0 at the end, -1 with err. */
static int64_t receive(struct volume_stream *s, char *buf, const struct image_sink *sink,
		       struct error *err)
{
	int got = virt.StreamRecvFlags(s->stream, buf, PACKET_BYTES, VIR_STREAM_RECV_STOP_AT_HOLE);
	long long hole = 0;

	if (got == AT_HOLE && virt.StreamRecvHole(s->stream, &hole, 0) == 0)
		return pour_hole(sink, (uint64_t)hole, err) < 0 ? -1 : hole;
	if (got < 0)
		return libvirt_error(err, "cannot read the disk");
	return got && sink->write(sink->ctx, buf, (size_t)got, err) < 0 ? -1 : got;
}

/* To the very end: a stream that is finished before it has no good one. */
static int receive_all(struct volume_stream *s, uint64_t bytes, const struct image_sink *sink,
		       struct error *err)
{
	cleanup_free char *buf = xmalloc(PACKET_BYTES);
	uint64_t done = 0;
	int64_t got;

	do {
		got = stop_check(0, s->doing, err) < 0 ? -1 : receive(s, buf, sink, err);
		if (got < 0)
			return -1;
		done += (uint64_t)got;
	} while (got && done <= bytes);
	if (done == bytes)
		return 0;
	return error_set(err, ERROR_PROVIDER,
			 "cannot read the disk: got %" PRIu64 " bytes of %" PRIu64, done, bytes);
}

int volume_download(struct libvirt_provider *p, virStorageVolPtr vol, uint64_t bytes,
		    const struct image_sink *sink, struct error *err)
{
	struct volume_stream s = { .doing = "reading a disk" };

	/* Nor read from them. */
	if (p->is_test)
		return pour_hole(sink, bytes, err);
	if (stream_open(p, &s, err) < 0)
		return -1;
	if (virt.StorageVolDownload(vol, s.stream, 0, 0, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM) <
	    0) {
		libvirt_error(err, "cannot read the disk");
		stream_close(&s);
		return -1;
	}
	if (receive_all(&s, bytes, sink, err) == 0)
		return volume_stream_finish(&s, err);
	volume_stream_abort(&s);
	return -1;
}
