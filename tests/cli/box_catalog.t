#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes from catalogs and over the web, what is said if nothing fits, and what list, info and search tell of them.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)

# --- catalogs ---------------------------------------------------------------------------------

# Two versions, two providers, three architectures; what is a file lies beside the catalog.
new_project
make_box_of old.img old && make_box_of new.img new && make_box_of arm.img arm
catalog test/box >catalog.json <<-EOF
	1.9 libvirt amd64 old.img $(digest_of old.img)
	1.9 virtualbox amd64 old.img
	1.10 libvirt amd64 ./new.img $(digest_of new.img)
	1.10 libvirt arm64 file://$PROJECT/arm.img $(digest_of arm.img)
	2.0 vmware_desktop amd64 new.img
	2.0 lxc s390x new.img
EOF
exits 0 'a catalog' bothy box add -a amd64 catalog.json
is "$(names)" 'test/box 1.10 kvm amd64' 'gives the newest version there is for this host'
ok 'its very bytes' holds new.img
exits 0 'again' bothy box add -a amd64 --json ./catalog.json
is "$(json .new)" false 'it is known before it is read'
exits 0 'a constraint' bothy box add -a amd64 --box-version '< 1.10' catalog.json
is "$(names)" 'test/box 1.10 kvm amd64'$'\n''test/box 1.9 kvm amd64' 'gives the newest that fits'
exits 0 'another architecture' bothy box add --architecture arm64 catalog.json
ok 'by a file: URL' holds arm.img
exits 0 'x86_64' bothy box add --architecture x86_64 --name same --box-version 1.9 catalog.json
is "$(names | grep same)" 'same 1.9 kvm amd64' 'is amd64'
for options in '--box-version >=3' '--architecture riscv64' '--provider container' '--box-version 2.0 -a amd64'; do
	# shellcheck disable=SC2086 # they are words
	exits 1 "$options" bothy box add -a amd64 $options catalog.json
	like "$err" "box 'test/box' is not offered for .*it is offered as.*"$'\n'"2.0 \(vmware_desktop, container s390x\)"$'\n'"1.10 \(kvm amd64, kvm arm64\)"$'\n'"1.9 \(kvm amd64, virtualbox\)" \
		'is not there; what is, is told'
done
exits 1 'a constraint that is none' bothy box add --box-version '~~ 1' catalog.json
like "$err" "'~~ 1'" 'is told'
exits 0 'a name for it' bothy box add -a amd64 --name mine catalog.json
exits 0 'is asked for where it came from' bothy box outdated --global --json
is "$(json -r '.[] | "\(.name) \(.architecture) \(.version) \(.latest) \(.outdated) \(.error)"')" \
	'mine amd64 1.10 1.10 false null
same amd64 1.9 1.10 true null
test/box amd64 1.10 1.10 false null
test/box arm64 1.10 1.10 false null' 'the catalog tells what is new'
wrong=$(digest_of catalog.json)
catalog test/box >bad.json <<<"1.0 libvirt - old.img $wrong"
before=$(stored)
exits 1 'a file with another checksum than the catalog says' bothy box add bad.json
like "$err" "cannot use box 'test/box': .*$wrong" 'is refused'
is "$(stored)" "$before" 'and not kept'
catalog test/box >none.json </dev/null
exits 1 'an empty one' bothy box add none.json
like "$err" 'no versions at all' 'says so'
echo '{"name": "x", "versions": 3}' >wrong.json
exits 1 'a wrong one' bothy box add wrong.json
like "$err" "'versions'|\"versions\"" 'names the member'
echo '{"name": "x",' >wrong.json
exits 1 'a broken one' bothy box add wrong.json
like "$err" "wrong.json': line 2: " 'names the line'

# --- over the web -----------------------------------------------------------------------------

new_project
make_box_of "$FILES/boxes/one.img" one && make_box_of "$FILES/boxes/two.img" two
catalog web/box >"$FILES/catalog" <<-EOF
	1.0 libvirt - one.img?x=1 $(digest_of "$FILES/boxes/one.img")
	1.1 libvirt - $WEB/boxes/two.img $(digest_of "$FILES/boxes/two.img")
EOF
sed -i 's,"one.img,"boxes/one.img,' "$FILES/catalog"
exits 0 'a catalog of the wrong type' bothy box add "$WEB/type/image%2Fpng/catalog"
is "$(names)" "web/box 1.1 kvm $arch" 'is one by what it says'
exits 0 'relative URLs' bothy box add --box-version 1.0 "$WEB/catalog"
is "$(stored)" 'names=2 boxes=2 fake-bases=2 downloads=0' 'are meant from it'
exits 0 'a box of the wrong type' bothy box add "$WEB/type/application%2Fjson/boxes/one.img"
is "$(names | grep http)" "$WEB/type/application%2Fjson/boxes/one.img - kvm $arch" 'is one, by its address'
exits 0 'with a name' bothy box add --name plain --box-version 3 "$WEB/boxes/one.img"
is "$(names | grep plain)" "plain 3 kvm $arch" 'it has that'
echo '<!DOCTYPE html><html>no</html>' >"$FILES/page"
exits 1 'a web page' bothy box add "$WEB/page"
like "$err" "'$WEB/page' is a web page, not a box" 'is told'
exits 1 'nothing there' bothy box add "$WEB/none.img"
like "$err" "$WEB/none.img.*(not found|404)" 'is told'
echo '{"name": "x", "versions": [{"version": "1", "providers": [{"name": "libvirt", "url": "file:///etc/passwd"}]}]}' >"$FILES/evil"
exits 1 'a catalog that wants a file of this host' bothy box add "$WEB/evil"
like "$err" "'file:///etc/passwd' is no http or https URL" 'gets none'
is "$(find "$BOTHY_HOME/downloads" -type f 2>/dev/null | wc -l)" 0 'no download is left'

# --- list, info, search -----------------------------------------------------------------------

exits 0 'list' bothy box list
like "$out" $'\n'"plain  +3  +kvm  +$arch  +1 MiB  [0-9a-f]{12}"$'\n' 'is a table'
is "$(too_wide <<<"$out" | grep -v http)" '' 'that is not too wide'
exits 0 'as JSON' bothy box list --json
is "$(json 'map(keys | join(" ")) | unique[]')" 'architecture digest in_use name provider size_bytes version' 'has its keys'
is "$(json '.[] | select(.name == "plain") | [.version, .provider, .size_bytes, .in_use] | @csv')" \
	'"3","kvm",65536,false' 'and their values'
exits 0 'info' bothy box info web/box
like "$out" "web/box 1.1 \(kvm, $arch\).*sha256 +$(digest_of "$FILES/boxes/two.img").*from +$WEB/boxes/two.img.*catalog +$WEB/" 'tells all'
like "$out" 'web/box 1.0 ' 'of every version'
exits 0 'one of them' bothy box info --box-version 1.0 web/box
unlike "$out" '1\.1' 'alone'
exits 0 'as JSON' bothy box info --json --box-version 1.1 web/box
is "$(json '.[] | keys | join(" ")')" \
	'added_at architecture catalog_url digest disks in_use name provider size_bytes url used_at user version' 'has its keys'
is "$(json '.[0] | [.url, .catalog_url, .user, .in_use] | @csv')" \
	"\"$WEB/boxes/two.img\",\"$WEB/type/image%2Fpng/catalog\",\"root\",false" 'and their values'
is "$(json '.[0].disks')" '[{"format":"raw","file_bytes":65536,"disk_bytes":65536}]' 'and the disk'
exits 1 'info of what is not there' bothy box info web/bux
like "$err" "there is no box 'web/bux' in the store.*did you mean 'web/box'" 'has a nearest one'
exits 1 'of a version that is not there' bothy box info --box-version 2 web/box
like "$err" "box 'web/box' .*1\.1 \(kvm, $arch\); 1\.0 \(kvm, $arch\)" 'tells those that are'
exits 64 'info of nothing' bothy box info
exits 64 'of two' bothy box info a b
exits 0 'search' bothy box search bookworm
like "$out" '^debian/12 .*kvm amd64' 'finds a box by another name of it'
exits 0 'as JSON' bothy box search --json debian/12
is "$(json '.[0] | keys | join(" ")')" 'aliases name offers title' 'has its keys'
exits 1 'search for what nobody has' bothy box search --json qqq
is "$(json .)" '[]' 'finds nothing'
exits 64 'search for nothing' bothy box search
exits 0 'all there are' bothy box list --available
is "$out" "$(bothy box search '')" 'are what an empty word finds'
is "$(requests 'GET /(debian|bookworm)')" '' 'nobody was asked for that'
done_testing
