#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes that are missing, damaged, or not what they should be.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# refused MESSAGE [KIND]: up fails with it in one error, as text and as JSON, and leaves nothing.
refused() {
	exits 1 'up' bothy up
	like "$err" "$1" '  says what is wrong with it'
	is "$(grep -c '^error: ' <<<"$err")" 1 '  once'
	unlike "$err" "cannot use box '[^']*': cannot use box" '  without saying it twice'
	exits 1 'as JSON' bothy --json up
	is "$(tail -n 1 <<<"$out" | jq -r .error.kind)" "${2:-box}" '  with its kind'
	is "$(engine '.machines // {} | length')" 0 '  no machine is left'
	is "$(engine '.networks // {} | length')" 0 '  and no network'
}

one_machine
rm box.img
refused "'box.img' not found: there is no file '$PROJECT/box.img'" not_found
mkdir box.img
refused "'box.img'"
rmdir box.img
: >box.img
refused "'box.img'.*"
head -c 4096 /dev/urandom >box.img
refused "cannot use box 'box.img': not a box that is understood"
{
	printf 'QFI\373\0\0\0\3'
	head -c 100 /dev/zero
} >box.img
refused "cannot use box 'box.img': "
make_box box.img
gzip -k box.img && head -c 40 box.img.gz >box.img
refused "cannot use box 'box.img': "
rm box.img.gz && mkfifo box.img.gz && rm box.img && mv box.img.gz box.img
refused "'box.img'"
rm box.img
make_box box.img
exits 0 'a good one' bothy up -q
printf x >>box.img
exits 1 'one that was replaced' bothy up
like "$err" "make machine 'default' anew and lose its data \(box [0-9a-f]{12} → [0-9a-f]{12}\)" \
	'would be another machine'
rm box.img
exits 0 'one that is gone' bothy up
like "$out" '^nothing to do' 'does not disturb who was made of it'
exits 0 'halt and up' bothy halt
exits 0 'work without it' bothy up
is "$(states)" default=running 'it runs'

make_box box.img
digest=$(sha256sum box.img | cut -d' ' -f1)
one_machine_with "box_checksum = \"sha256:$digest\""
exits 0 'the right checksum' bothy up -q
one_machine_with "box_checksum = \"sha256:${digest//[0-9]/0}\""
refused "'box.img' .*checksum.*sha256:$digest"
one_machine_with 'box_checksum = "sha256:1234"'
exits 65 'a checksum that is none' bothy up
like "$err" 'bothy.lua:3: .*64 hex digits' 'is a mistake of the file'
one_machine
sed -i "s,box.img,file://$PROJECT/box.img," bothy.lua
exits 0 'a file: URL' bothy up -q
one_machine
sed -i 's,box.img,http://127.0.0.1:1/box.img,' bothy.lua
run bothy up
ok 'other URLs are refused' test "$status" -ne 0
like "$err" 'http://127.0.0.1:1/box.img' 'by name'
done_testing
