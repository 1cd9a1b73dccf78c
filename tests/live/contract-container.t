#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract of providers/provider.h, held by the container provider with real containers.
. "${0%/*}/live.sh" debian-rootfs

unset BOTHY_HOME
mkdir "$TEST_TMP/rootfs" && tar -C "$TEST_TMP/rootfs" -xf "$(box debian-rootfs)" || exit 1
"${BOTHY%/*}/contract" container "$TEST_TMP/rootfs"
