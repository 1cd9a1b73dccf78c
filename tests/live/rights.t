#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may do what: root all, a member of the group libvirt everything with VMs, others little; what root does in a
# user's project stays the user's.
. "${0%/*}/live.sh" tiny-vm debian-rootfs

# Two more users, on this host alone: both files are hidden behind copies here, and only here.
for name in passwd group; do cp "/etc/$name" "$TEST_TMP/$name"; done
printf '%s\n' member:x:12345:12345::/nonexistent:/bin/sh stranger:x:23456:23456::/nonexistent:/bin/sh \
	>>"$TEST_TMP/passwd"
printf '%s\n' member:x:12345: stranger:x:23456: >>"$TEST_TMP/group"
sed -i 's/^\(libvirt:.*:\)\(.*\)$/\1member,\2/; s/,$//' "$TEST_TMP/group"
for name in passwd group; do mount --bind "$TEST_TMP/$name" "/etc/$name"; done
uid=12345
file='
machine "vm" { box = "@tiny-vm@", memory = 128, provision = { shell [[ id -un ]] } }
machine "box" { provider = "container", box = "@debian-rootfs@" }'

# The program where everybody may run it, and a user's home.
chmod 711 "$TEST_TMP"
install -m 755 "$BOTHY" "$TEST_TMP/bothy"
BOTHY=$TEST_TMP/bothy
member() { setpriv --reuid member --regid member --init-groups "$@"; }
stranger() { HOME=/nonexistent setpriv --reuid stranger --regid stranger --init-groups "$@"; }
states() { jq -r 'map(.name + "=" + .state) | sort | join(" ")' <<<"$out"; }

# --- a member of the group -------------------------------------------------------------------

project "$file"
chown -R "$uid:$uid" "${PROJECT%/*}"
before=$(host_state)
exits 0 'a member may plan' member "$BOTHY" plan
exits 1 'but not make a container' member "$BOTHY" up
like "$err" "error: cannot create machine 'box': a container needs root" 'as the error says'
like "$err" 'hint: sudo bothy up' 'with what to type'
is "$(host_state | grep -v /.bothy)" "$before" 'before anything is touched'
exits 0 'a VM is for every member' member "$BOTHY" up vm
is "$(find . ! -user "$uid")" '' 'and all files are the user'\''s'
exits 0 'ssh' member "$BOTHY" ssh vm -c 'id -u'
is "$out" 0 'logs in'
exits 3 'exec' member "$BOTHY" exec vm -- sh -c 'exit 3'
exits 0 'a second up' member "$BOTHY" up vm
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'provision' member "$BOTHY" provision vm
envfile "${file/128/160}"
exits 0 'other settings' member "$BOTHY" up vm
like "$out$err" 'memory 128 MiB → 160 MiB' 'are applied'
exits 0 'halt' member "$BOTHY" halt
exits 0 'status' member "$BOTHY" status --json
is "$(states)" 'box=not_created vm=stopped' 'shows both'

# --- root in the user's project --------------------------------------------------------------

exits 0 'root makes the container there' "$BOTHY" up box
is "$(find . ! -user "$uid")" '' 'whose files are the user'\''s all the same'
is "$(stat -c %a .bothy/machines/box/id_ed25519)" 600 'and the key is for nobody else'
is "$(stat -c %a .bothy/machines/box/host_ed25519)" 600 'nor is the host key'
is "$(stat -c %a .bothy/machines/box)" 700 'nor the directory'
exits 0 'the user sees it' member "$BOTHY" status --json
is "$(states)" 'box=running vm=stopped' 'running'
exits 0 'logs in to it' member "$BOTHY" ssh box -c hostname
is "$out" box 'by the same key'
exits 0 'provisions it' member "$BOTHY" provision box
exits 0 'has nothing to do there' member "$BOTHY" up box
exits 0 'list' member "$BOTHY" list --json
is "$(states)" 'box=running vm=stopped' 'shows all machines'
exits 1 'but cannot restart it' member "$BOTHY" reload box
like "$err" 'hint: sudo bothy reload' 'without root'
exits 1 'nor destroy it' member "$BOTHY" destroy -f box
like "$err" 'hint: sudo bothy destroy' 'without root'
exits 0 'root starts the VM' "$BOTHY" up vm
exits 0 'which the user reaches' member "$BOTHY" ssh vm -c true
exits 0 'and destroys' member "$BOTHY" destroy -f vm

# --- anybody else ----------------------------------------------------------------------------

exits 0 'a stranger may validate' stranger "$BOTHY" validate
exits 1 'a stranger to the group may not ask libvirt' stranger "$BOTHY" list
like "$err" 'error: .*libvirt' 'as the error says'
like "$err" 'hint: .*(group|usermod|adduser).*libvirt|hint: .*libvirt.*group' 'with the way to become one who may'
exits 1 'nor see the status' stranger "$BOTHY" status
exits 1 'doctor explains' stranger "$BOTHY" doctor
like "$out" 'libvirt' 'the same'
exits 0 'root destroys what is left' "$BOTHY" destroy -f
is "$(host_state)" "$before" 'and nothing stays'
done_testing
