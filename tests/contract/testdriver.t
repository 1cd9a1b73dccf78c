#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract of providers/provider.h, held by the kvm provider on libvirt's test driver, which needs no daemon.
. "${0%/*}/../lib.sh"

"${BOTHY%/*}/contract" kvm-test
