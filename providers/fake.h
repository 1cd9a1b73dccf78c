/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine without an engine: its machines are entries of one JSON file, so that the whole program
 * can be shown and tested where there is no libvirt, and can be told to fail at any place.
 *
 * The file is $BOTHY_FAKE_STATE, else <home>/fake.json; what is in it is told in
 * providers/fake_state.h. Any number of processes and threads may share it.
 *
 * What goes wrong is told by $BOTHY_FAKE, words separated by commas. N counts from 1 the operations
 * that change something or copy it out (base_import, base_remove, network_ensure, network_remove,
 * machine_create, _update, _start, _stop, _remove, _layer, _export and _provision), over all
 * connections of this process:
 *
 *   fail=N               the N-th operation fails before it does anything
 *   half=N               the N-th operation does its first half, fails, and leaves that behind
 *   kill=N               the process is killed in the middle of the N-th operation
 *   delay=MS             each operation takes that long; a guest needs it to shut down
 *   down                 the engine cannot be reached
 *   fail-provision=NAME  the provisioner of that name fails
 *   unreachable=MACHINE  no provisioner reaches that machine
 *
 * The first half of an operation: a base and a machine are there but not complete, a network has no
 * members and is not active, an update has only changed cpus and memory, a base to be removed is not
 * complete any more, nor a machine, which is stopped; a start, a stop or a layer has happened, and an
 * export has poured the first disk.
 */
#ifndef PROVIDERS_FAKE_H
#define PROVIDERS_FAKE_H

#include "providers/provider.h"

extern const struct provider_ops provider_fake;

#endif
