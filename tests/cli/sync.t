#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy sync where there is nothing to bring, and what it does not take. With real machines: tests/live/sync.t.
. "${0%/*}/../lib.sh"

new_project
echo 'machine "web" { provider = "fake", box = "none" }' >bothy.lua
exits 0 'no machine' bothy sync
like "$out" '^nothing to do: no running machine has a folder of kind "copy" or "rsync"' 'is nothing to do'
exits 0 'nor to watch' bothy sync --watch
like "$out" '^nothing to do' 'is there anything'
exits 0 'with --json' bothy sync --json
is "$(json .)" '{"machines":[]}' 'that is a document'
exits 1 'a machine that was named' bothy sync web
like "$err" "^error: machine 'web' is not created" 'has to run'
like "$err" 'hint: bothy up web' 'with what to type'
exits 64 'one that nobody knows' bothy sync nobody
exits 64 'an option that there is not' bothy sync --fill
like "$err" "did you mean '--full'" 'with the nearest'
rm bothy.lua
exits 1 'without a file' bothy sync
done_testing
