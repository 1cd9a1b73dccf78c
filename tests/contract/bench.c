/* SPDX-License-Identifier: Apache-2.0 */
/* The provider under test, its image, and projects to try it on. */
#include "tests/contract/bench.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"

#define POUR_BYTES ((size_t)1 << 20)
#define SMALL_DISK_BYTES ((uint64_t)1 << 20)

struct bench bench;

void check_success(int result, struct error *err, const char *call, const char *file, int line)
{
	if (result != 0) {
		print_error("%s: %s\n", call, err->text ? err->text : "no error text");
		error_clear(err);
		_fail(file, line);
	}
	if (err->text) {
		print_error("%s: succeeded, but left the error '%s'\n", call, err->text);
		error_clear(err);
		_fail(file, line);
	}
}

static const char *fault_of_text(const struct error *err)
{
	size_t len = err->text ? strlen(err->text) : 0;

	if (len == 0)
		return "has no text";
	if (strchr(err->text, '\n'))
		return "has more than one line";
	if (isupper((unsigned char)err->text[0]) && !isupper((unsigned char)err->text[1]))
		return "begins with a capital";
	if (err->text[len - 1] == '.' || isspace((unsigned char)err->text[len - 1]))
		return "ends with a full stop or a space";
	return NULL;
}

void check_failure(int result, enum error_kind kind, struct error *err, const char *call,
		   const char *file, int line)
{
	const char *fault = result == -1 ? fault_of_text(err) : "is not there: the call succeeded";

	if (!fault && (kind != ERROR_NONE ? err->kind != kind : err->kind == ERROR_NONE))
		fault = "is of the wrong kind";
	if (fault) {
		print_error("%s: the error %s: %s '%s', expected %s\n", call, fault,
			    error_kind_name(err->kind), err->text ? err->text : "",
			    error_kind_name(kind));
		error_clear(err);
		_fail(file, line);
	}
	error_clear(err);
}

static int pour_file(int fd, const struct image_sink *sink, struct error *err)
{
	cleanup_free char *buf = xmalloc(POUR_BYTES);
	ssize_t n;

	while ((n = read(fd, buf, POUR_BYTES)) > 0) {
		if (sink->write(sink->ctx, buf, (size_t)n, err) < 0)
			return -1;
	}
	return n < 0 ? error_set(err, ERROR_SYSTEM, "cannot read the image") : 0;
}

static int pour_hole(const struct image_sink *sink, uint64_t len, struct error *err)
{
	cleanup_free char *zeroes = sink->hole ? NULL : xcalloc(1, len);

	return sink->hole ? sink->hole(sink->ctx, len, err) :
			    sink->write(sink->ctx, zeroes, len, err);
}

int pour_bench_disk(const struct image_sink *sink, struct error *err)
{
	static const char small[] = "an image";
	cleanup_close int fd = -1;

	if (!bench.image_file) {
		if (sink->write(sink->ctx, small, sizeof(small), err) < 0)
			return -1;
		return pour_hole(sink, SMALL_DISK_BYTES - sizeof(small), err);
	}
	fd = open(bench.image_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, ERROR_SYSTEM, "cannot open '%s'", bench.image_file);
	return pour_file(fd, sink, err);
}

static int pour(void *ctx, const struct image_target *target, struct image *image,
		struct error *err)
{
	const struct image_disk *disk = &bench.image.disks[0];
	struct image_sink sink;

	(void)ctx;
	if (target->begin(target->ctx, disk->format, disk->file_bytes, &sink, err) < 0 ||
	    pour_bench_disk(&sink, err) < 0)
		return -1;
	*image = bench.image;
	return 0;
}

struct image_source image_source(void)
{
	return (struct image_source){ .pour = pour };
}

static void machine_init(struct world *w, size_t i)
{
	static const char *const names[MACHINES] = { "one", "two", "three" };
	static const char *command[] = { "/bin/sleep", "3600" };
	struct machine *m = &w->machines[i];

	*m = (struct machine){
		.name = names[i],
		.hostname = names[i],
		.provider = bench.ops->name,
		.box = bench.image.name,
		.cpus = 1,
		.memory_mib = 128,
		.autostart = true,
		.boot_timeout_s = 60,
		.halt_timeout_s = 5,
		.ssh_port = 22,
		.accel = ACCEL_AUTO,
		.cards = &w->cards[i],
		.card_count = 1,
	};
	w->cards[i].configure = true;
	snprintf(w->cards[i].mac, sizeof(w->cards[i].mac), "52:54:00:%.2s:%.2s:%02zx",
		 w->env.project.id + 4, w->env.project.id + 6, i + 1);
	if (bench.image.kind == IMAGE_ROOTFS)
		m->command = (struct strings){ .at = command, .count = ARRAY_SIZE(command) };
}

void world_init(struct world *w)
{
	static unsigned count;
	unsigned id = (unsigned)getpid() * 4096 + ++count;

	*w = (struct world){ 0 };
	snprintf(w->env.project.id, sizeof(w->env.project.id), "%08x", id);
	snprintf(w->directory, sizeof(w->directory), "%s/project %u", bench.directory, count);
	assert_int_equal(mkdir(w->directory, 0755), 0);
	w->env.project.name = "contract & test";
	w->env.project.directory = w->directory;
	w->env.file = "bothy.lua";
	w->env.machines = w->machines;
	w->env.machine_count = 2;
	w->management = (struct network){ .name = "management",
					  .kind = NETWORK_MANAGEMENT,
					  .dhcp = true,
					  .settings = "management dhcp" };
	w->env.networks = &w->management;
	w->env.network_count = 1;
	for (size_t i = 0; i < MACHINES; i++)
		machine_init(w, i);
}

void world_clear(struct world *w)
{
	struct observed o = look(w);

	for (size_t i = 0; i < o.machine_count; i++)
		must(provider_machine_remove(bench.provider, o.machines[i].id, err));
	must(provider_network_remove(bench.provider, w->env.project.id, err));
	observed_clear(&o);
}

struct provider_creation creation_of(const struct world *w, size_t machine)
{
	static const struct seed_file file = {
		.path = "/etc/bothy-contract", .user = "root", .mode = 0644, .content = "hello\n"
	};
	static const struct seed seeds[MACHINES] = {
		{ .hostname = "one", .files = &file, .file_count = 1 },
		{ .hostname = "two", .files = &file, .file_count = 1 },
		{ .hostname = "three", .files = &file, .file_count = 1 },
	};

	return (struct provider_creation){
		.env = &w->env,
		.machine = &w->machines[machine],
		.image = &bench.image,
		.seed = &seeds[machine],
		.login_user = "root",
		.key_id = "key-1",
	};
}

char *create(const struct world *w, size_t machine)
{
	struct provider_creation what = creation_of(w, machine);
	char *id = NULL;

	must(provider_machine_create(bench.provider, &what, &id, err));
	assert_non_null(id);
	return id;
}

struct observed look(const struct world *w)
{
	struct observed o = { 0 };

	must(provider_observe(bench.provider, w->env.project.id, &o, err));
	return o;
}

const struct observed_machine *see(const struct world *w, size_t machine)
{
	static struct observed o;

	observed_clear(&o);
	o = look(w);
	return observed_machine(&o, w->env.project.id, w->machines[machine].name);
}

enum machine_state state_of(const char *id)
{
	enum machine_state state = MACHINE_UNKNOWN;

	must(provider_machine_state(bench.provider, id, &state, err));
	return state;
}

char *address_of(const char *id)
{
	struct provider_address address = { 0 };

	must(provider_machine_address(bench.provider, id, &address, err));
	assert_non_null(address.ip);
	return address.ip;
}

void start(const char *id)
{
	must(provider_machine_start(bench.provider, id, err));
}

void stop(const char *id, enum provider_stop how, int64_t deadline_ms)
{
	must(provider_machine_stop(bench.provider, id, how, deadline_ms, err));
}

bool has_machines(void)
{
	return !bench.session;
}

bool has_bases(void)
{
	return bench.image.kind == IMAGE_DISK;
}

int bench_setup(void **state)
{
	struct image_source source = image_source();
	struct image image = { .name = bench.image.name };

	(void)state;
	stop_set(false);
	must(provider_open(bench.ops, &bench.conf, &bench.provider, err));
	if (has_bases())
		must(provider_base_import(bench.provider, &image, &source, err));
	world_init(&bench.world);
	if (has_machines())
		must(provider_network_ensure(bench.provider, &bench.world.env, err));
	return 0;
}

int bench_teardown(void **state)
{
	(void)state;
	stop_set(false);
	if (has_machines())
		world_clear(&bench.world);
	provider_close(&bench.provider);
	return 0;
}

static int image_init(const char *path, struct error *err)
{
	cleanup_text struct text content = { 0 };
	struct image *image = &bench.image;
	struct stat st;

	image->name = path ? path : "a box";
	image->kind = bench.ops->image_kind;
	image->user = "root";
	digest_of(image->name, strlen(image->name), image->digest);
	if (image->kind == IMAGE_ROOTFS) {
		image->rootfs = path;
		return 0;
	}
	image->disks[0] = (struct image_disk){ .format = path ? "qcow2" : "raw",
					       .file_bytes = SMALL_DISK_BYTES,
					       .disk_bytes = SMALL_DISK_BYTES };
	image->disk_count = 1;
	if (!path)
		return 0;
	if (fs_read(path, (size_t)1 << 30, &content, err) < 0 || stat(path, &st) < 0)
		return -1;
	if (content.len < 32)
		return error_set(err, ERROR_BOX, "'%s' is not a qcow2 image", path);
	digest_of(content.ptr, content.len, image->digest);
	image->disks[0].file_bytes = (uint64_t)st.st_size;
	/* qcow2 header, bytes 24 to 31: the size of the disk, big-endian. */
	image->disks[0].disk_bytes = 0;
	for (size_t i = 24; i < 32; i++)
		image->disks[0].disk_bytes = image->disks[0].disk_bytes << 8 |
					     (unsigned char)content.ptr[i];
	bench.image_file = path;
	return 0;
}

static int scratch_init(void)
{
	static char directory[] = "/tmp/bothy-contract.XXXXXX";

	if (!mkdtemp(directory)) {
		perror(directory);
		return -1;
	}
	bench.directory = directory;
	bench.conf.home = directory;
	return 0;
}

/* A host of libvirt's test driver, on which nothing is: https://libvirt.org/drvtest.html. */
static int test_driver_init(struct error *err)
{
	static const char node[] = "<node>\n"
				   "  <cpu>\n"
				   "    <mhz>2000</mhz>\n"
				   "    <model>x86_64</model>\n"
				   "    <active>4</active>\n"
				   "    <nodes>1</nodes>\n"
				   "    <sockets>1</sockets>\n"
				   "    <cores>4</cores>\n"
				   "    <threads>1</threads>\n"
				   "  </cpu>\n"
				   "  <memory>8388608</memory>\n"
				   "</node>\n";
	static char uri[300];
	cleanup_free char *path = fs_join(bench.directory, "node.xml");

	snprintf(uri, sizeof(uri), "test://%s", path);
	bench.conf.uri = uri;
	return fs_write(path, node, strlen(node), 0644, NULL, err);
}

int bench_init(int argc, char **argv)
{
	const char *engine = argc > 1 ? argv[1] : "fake";
	cleanup_error struct error err = { 0 };

	bench.test_driver = strcmp(engine, "kvm-test") == 0;
	bench.session = strcmp(engine, "kvm-session") == 0;
	bench.ops = provider_find(bench.test_driver || bench.session ? "kvm" : engine);
	if (bench.session)
		bench.conf.uri = "qemu:///session";
	if (!bench.ops || (argc < 3 && (bench.ops->has_guest && !bench.test_driver))) {
		fprintf(stderr,
			"usage: contract fake | kvm-test | kvm BOX | kvm-session BOX | container ROOTFS\n");
		return -1;
	}
	unsetenv("BOTHY_FAKE");
	unsetenv("BOTHY_FAKE_STATE");
	if (scratch_init() < 0)
		return -1;
	if (image_init(argc > 2 ? argv[2] : NULL, &err) < 0 ||
	    (bench.test_driver && test_driver_init(&err) < 0)) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return 0;
}

void bench_close(void)
{
	cleanup_error struct error err = { 0 };

	if (fs_remove(bench.directory, &err) < 0)
		fprintf(stderr, "%s\n", err.text);
}
