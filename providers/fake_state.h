/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON file that is the whole world of the fake provider:
 *
 *   {"operations": 3, "log": ["network_ensure demo", "machine_create web", …],
 *    "bases": {DIGEST: {"complete": true, "bytes": N, "disks": N}},
 *    "networks": {PROJECT_ID/NETWORK: {"name", "network": NETWORK, "kind": N, "settings", "subnet", "active",
 *                                      "project": {"id", "name", "directory"},
 *                                      "members": {MACHINE: ADDRESS}, "names": [what its DNS knows]}},
 *    "parted": {PROJECT_ID: [[MACs], [MACs], …]},
 *    "machines": {UUID: {the fields of struct observed_machine under their names, "disks": N,
 *                        "cards": [{"network", "kind": N, "mac", "settings", "ip", "link_down"}],
 *                        "seed": [paths], "provisioned": [digests in the order they ran],
 *                        "seed_disk_bytes": N if it was made with a disk for cloud-init,
 *                        "seed_cards": ["MAC IP" or "MAC dhcp"], what is on that disk of cards}}}
 *
 * What was poured is beside it: <home>/fake-bases/DIGEST.N, N from 0 in the guest's order. A base
 * without an entry that is complete is none, whatever files are there.
 *
 * The log holds the names of the operations that began, oldest first; the oldest are dropped.
 * A reader sees the file before or after a change, never between, and a missing one is empty.
 */
#ifndef PROVIDERS_FAKE_STATE_H
#define PROVIDERS_FAKE_STATE_H

#include <jansson.h>

#include "providers/provider.h"

/* The file's contents; the caller releases *out. */
int fake_state_read(const char *path, json_t **out, struct error *err);
int fake_state_write(const char *path, const json_t *root, struct error *err);
/* Keeps every other process and thread from changing the file until *out_fd is closed. */
int fake_state_lock(const char *path, int *out_fd, struct error *err);
void fake_state_log(json_t *root, const char *operation, const char *subject);

/* A string as JSON, with '?' for what is not UTF-8; NULL becomes null. */
json_t *fake_state_text(const char *s);
/* Whose an entry is. */
json_t *fake_state_project(const struct project *project);

/* Entries; borrowed from root, NULL if there is none. */
json_t *fake_state_base(const json_t *root, const char *digest);
json_t *fake_state_machine(const json_t *root, const char *id);
/* The id of a project's machine of that name; borrowed. */
const char *fake_state_find(const json_t *root, const char *project_id, const char *name);
bool fake_state_has_machines(const json_t *root, const char *project_id);

/* Whether the creation of a machine or a base came to its end. */
bool fake_is_complete(const json_t *entry);
enum machine_state fake_machine_state(const json_t *machine);
void fake_machine_set_state(json_t *machine, enum machine_state state);
/* Another "start" than the one before. */
void fake_machine_count_start(json_t *machine);
void fake_state_copy_project(struct arena *arena, const json_t *entry, struct project *out);

/* Adds the project's machines and networks to `out`; project_id NULL: everybody's. */
void fake_state_observe(const json_t *root, const char *project_id, struct observed *out);

#endif
