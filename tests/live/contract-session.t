#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the contract of providers/provider.h says of boxes, held by the kvm provider for an ordinary user with a libvirt
# of his own.
. "${0%/*}/live.sh" tiny-vm

home=$TEST_TMP/user
mkdir -p "$home/run" && cp "${BOTHY%/*}/contract" "$(box tiny-vm)" "$home" || exit 1
chmod 755 "$TEST_TMP" "$home" && chmod 700 "$home/run" && chown -R nobody: "$home" || exit 1
cd "$home" || exit 1
setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home/run" \
	./contract kvm-session "$(basename "$(box tiny-vm)")"
