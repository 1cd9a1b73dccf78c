#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy list where an engine does not answer: what is known is shown, and whose machines are not known is told.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

one_machine
bothy up -q
nowhere="qemu+unix:///system?socket=$PWD/nowhere"
exits 0 'list where all engines answer' bothy list
unlike "$err" . 'warns of nothing'

# silent PROVIDER…: what warnings are about, of the list and of its document.
silent() {
	is "$(sed -n "s/^warning: which machines of provider '\\(.*\\)' exist is not known: cannot reach .*/\\1/p" <<<"$err" | xargs)" "$*" \
		'a warning tells of each that was silent'
	is "$(grep -c '^hint: ' <<<"$err")" $# 'with what to do'
	is "$(wc -l <<<"$err")" $(($# * 2)) 'and nothing else'
}
export BOTHY_LIBVIRT_URI=$nowhere
exits 69 'where VMs are not known' bothy list
like "$out" '^[0-9a-f]{8}  default  running  fake ' 'the machines of others are shown'
silent kvm
exits 69 'quietly' bothy list -q
silent kvm
exits 69 'as JSON' bothy list --json
is "$(json 'map(.name)')" '["default"]' 'it is the list of what is known'
silent kvm
mkdir -p "$BOTHY_HOME/machines/somebody" # where there was a container, there may be one
exits 69 'where containers are not known either' bothy list
silent kvm container
rm -r "$BOTHY_HOME/machines"
export BOTHY_LIBVIRT_URI=test:///default
BOTHY_FAKE=down exits 69 'where the only machine is of an engine that does not answer' bothy list
is "$out" '' 'nobody says that there is none'
silent fake
BOTHY_FAKE=down exits 69 'as JSON' bothy list --json
is "$(json .)" '[]' 'it is a list'
silent fake
BOTHY_LIBVIRT_URI=$nowhere BOTHY_FAKE=down exits 69 'where none answers' bothy list
like "$err" '^error: cannot reach libvirt' 'that is the error'
is "$out" '' 'and there is no list'
BOTHY_LIBVIRT_URI=$nowhere BOTHY_FAKE=down exits 69 'as JSON' bothy list --json
is "$(json .error.kind)" engine 'likewise'
done_testing
