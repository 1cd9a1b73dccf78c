/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake provider writes down about a machine when it is created or updated. */
#include "providers/fake_machine.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/folder_note.h"
#include "core/text.h"
#include "providers/fake_cards.h"
#include "providers/fake_state.h"

#define UUID_BYTES 16
#define UUID_TEXT_BYTES 37

/* RFC 9562, version 4. */
static void make_uuid(char out[static UUID_TEXT_BYTES])
{
	unsigned char b[UUID_BYTES];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		abort();
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, UUID_TEXT_BYTES,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
}

static void set(json_t *machine, const char *key, const char *value)
{
	json_object_set_new(machine, key, fake_state_text(value));
}

/* Under sudo the person, not root. */
static void set_owner(json_t *machine)
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	cleanup_free char *number = xasprintf("%u", (unsigned)getuid());
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (sudo && *sudo) {
		set(machine, "owner", sudo);
		return;
	}
	if (getpwuid_r(getuid(), &pw, buf, sizeof(buf), &found) != 0)
		found = NULL;
	set(machine, "owner", found ? found->pw_name : number);
}

static void set_command(json_t *machine, const struct strings *command)
{
	cleanup_text struct text quoted = { 0 };

	text_add_shell_words(&quoted, command->at, command->count);
	set(machine, "command", command->count ? text_str(&quoted) : NULL);
}

static void set_folders(json_t *machine, const struct machine *m)
{
	cleanup_free char *text = folder_note_text(m->folders, m->folder_count);

	json_object_del(machine, "folders");
	if (text)
		set(machine, "folders", text);
}

void fake_machine_resize(json_t *machine, const struct machine *m)
{
	json_object_set_new(machine, "cpus", json_integer(m->cpus));
	json_object_set_new(machine, "memory_mib", json_integer((json_int_t)m->memory_mib));
}

static void set_seed_disk(json_t *machine, const struct seed *seed)
{
	json_t *cards = json_array();

	for (size_t i = 0; i < seed->card_count; i++) {
		const struct seed_card *c = &seed->cards[i];
		cleanup_free char *text = xasprintf("%s %s", c->mac, c->ip ? c->ip : "dhcp");

		json_array_append_new(cards, json_string(text));
	}
	json_object_set_new(machine, "seed_disk_bytes", json_integer((json_int_t)seed->disk_bytes));
	json_object_set_new(machine, "seed_cards", cards);
}

void fake_machine_identify(json_t *machine, const struct provider_creation *what)
{
	json_t *seed = json_array();

	for (size_t i = 0; what->seed && i < what->seed->file_count; i++)
		json_array_append_new(seed, fake_state_text(what->seed->files[i].path));
	json_object_set_new(machine, "seed", seed);
	if (json_object_get(machine, "seed_disk_bytes") && what->seed && what->seed->disk)
		set_seed_disk(machine, what->seed);
	set(machine, "hostname", what->machine->hostname);
	fake_cards_set(machine, what->env, what->machine);
	set_folders(machine, what->machine);
	set(machine, "login_user", what->login_user);
	set(machine, "key_id", what->key_id);
	set_command(machine, &what->machine->command);
}

json_t *fake_machine_add(json_t *root, const struct provider_creation *what, const char **out_id)
{
	json_t *machines = json_object_get(root, "machines"), *machine = json_object();
	char uuid[UUID_TEXT_BYTES];

	make_uuid(uuid);
	json_object_set_new(machines, uuid, machine);
	set(machine, "name", what->machine->name);
	json_object_set_new(machine, "project", fake_state_project(&what->env->project));
	set(machine, "state", machine_state_name(MACHINE_STOPPED));
	json_object_set_new(machine, "complete", json_false());
	set(machine, "box_name", what->image->name);
	set(machine, "box_digest", what->image->digest);
	json_object_set_new(machine, "disk_mib", json_integer((json_int_t)what->machine->disk_mib));
	json_object_set_new(machine, "disks", json_integer((json_int_t)what->image->disk_count));
	if (what->image->first_boot & FIRST_BOOT_NOCLOUD && what->seed->disk)
		set_seed_disk(machine, what->seed);
	set_owner(machine);
	set(machine, "version", BOTHY_VERSION);
	fake_machine_resize(machine, what->machine);
	fake_machine_identify(machine, what);
	json_object_set_new(machine, "provisioned", json_array());
	*out_id = json_object_iter_key(json_object_iter_at(machines, uuid));
	return machine;
}
