#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract of providers/provider.h, held by the kvm provider with real machines.
. "${0%/*}/live.sh" tiny-vm

unset BOTHY_HOME
"${BOTHY%/*}/contract" kvm "$(box tiny-vm)"
