#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract of providers/provider.h, held by the provider that keeps machines in a file.
. "${0%/*}/../lib.sh"

"${BOTHY%/*}/contract" fake
