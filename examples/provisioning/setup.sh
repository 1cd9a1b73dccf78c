#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -eu
echo "port=$1 mode=$MODE" > "$HOME/settings"
