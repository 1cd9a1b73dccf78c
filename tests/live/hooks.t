#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hooks in a real guest: as root, in order, over the connection that is there or one that is made for them.
# shellcheck disable=SC2016 # what looks like a variable is the guest's, or the hook's
. "${0%/*}/live.sh" debian-rootfs

export BOTHY
project '
machine "box" {
  provider = "container",
  box = "@debian-rootfs@",
  provision = { shell "cat /root/before" },
  hooks = {
    before_provision = guest [[
      echo "$(id -un) in $PWD" >/root/before
      hostname >>/root/before
    ]],
    after_up = {
      guest "echo hello; echo trouble >&2; read -r x || echo no input",
      host "\"$BOTHY\" ssh box -c \"cat /root/before\" >seen",
    },
    before_halt = guest "echo bye >/root/halted",
    before_destroy = { guest "cat /root/halted", host "test ! -e keep" },
  },
}'
bothy trust >/dev/null
exits 0 'up' bothy up
like "$out" $'box +\\| root in /root\nbox +\\| box\n' 'a hook before provisioners is root at home'
like "$out" 'box +\| hello' 'what one says is shown'
like "$out" 'box +\| trouble' '  also its errors'
like "$out" 'box +\| no input' '  and it has no input'
is "$(cat seen)" $'root in /root\nbox' 'a hook of this host can use bothy'
exits 0 'halt' bothy halt
exits 0 'up again' bothy up -q --no-hooks
is "$(bothy ssh box -c 'cat /root/halted')" bye 'the hook before halt ran in the guest'
touch keep
exits 1 'a hook can keep a machine from being destroyed' bothy destroy -f
like "$out" 'box +\| bye' '  the one before it ran'
is "$(bothy status --json | jq -r '.[0].state')" running '  it is there'
rm keep
exits 0 'until it agrees' bothy destroy -f

project '
machine "box" {
  provider = "container",
  box = "@debian-rootfs@",
  hooks = { after_up = { guest "exit 7", guest "touch /root/no" } },
}'
exits 1 'a hook in the guest that fails' bothy up
like "$err" "after_up of machine 'box' \(bothy.lua:[0-9]+\): 'exit 7' ended with status 7" 'is told with its status'
ok 'the machine stays, the next hook did not run' bothy ssh box -c 'test ! -e /root/no'
done_testing
