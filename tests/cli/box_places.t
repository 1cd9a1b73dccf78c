#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes from several places, through proxies, in little memory.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
export BOTHY_HTTP=wait=20,retries=3,stall=5
make_box_of "$FILES/box.img" good 4
make_box_of "$FILES/other.img" other 2
digest=$(digest_of "$FILES/box.img")
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)

new_project

# --- several places ---------------------------------------------------------------------------

anew
make_box_of first.img first
printf 'machine { box = "mine", box_url = { "%s", "%s" } }\n' "$WEB/none.img" "$WEB/box.img" >bothy.lua
exits 0 'a box_url that is not there' bothy up -q
is "$(states)" default=running 'has another one beside it'
ok 'with the box' holds "$FILES/box.img"
is "$(names)" "mine - kvm $arch" 'under the name that it has in the file'
bothy destroy -q -f && rm bothy.lock
printf 'machine { box = "none", box_url = { "%s", "%s" } }\n' "$WEB/none.img" "$WEB/never.img" >bothy.lua
exits 1 'none of them' bothy up
like "$err" "none of 2 addresses has box 'none'.*never.img'.*HTTP status 404" 'is told'
printf 'machine { box = "mine", box_url = "first.img" }\n' >bothy.lua
bothy box remove -q mine
exits 0 'a file as box_url' bothy up -q
ok 'is one of the project' holds first.img
bothy destroy -q -f && rm bothy.lock bothy.lua

# servers LIST…: asks for the box org/box there.
servers() {
	anew
	BOTHY_BOX_SERVERS="$*" run bothy box add org/box
	is "$status" 0 "${FUNCNAME[1]:-}server $*"
	ok '  has the box' holds "$FILES/box.img"
}

mkdir -p "$FILES"/{api/api/v2/vagrant/org,tree/org/box,json/org,plain/org,image/streams/v1}
catalog org/box <<<"1.0 libvirt - $WEB/box.img $digest" | tee "$FILES/api/api/v2/vagrant/org/box" \
	"$FILES/tree/org/box/metadata.json" "$FILES/json/org/box.json" >"$FILES/plain/org/box"
for kind in api tree json plain; do
	servers "$WEB/$kind/"
done
servers "$WEB/empty,$WEB/tree $WEB/never"
is "$(requests 'GET /never')" '' '  and nobody is asked after that'
servers "$WEB/dead" "$WEB/tree"
exits 1 'a server that does not answer' env BOTHY_BOX_SERVERS=http://127.0.0.1:1 "$BOTHY" box add org/box
like "$err" 'http://127.0.0.1:1/' 'is told'
exits 1 'no server has it' env BOTHY_BOX_SERVERS="$WEB/empty" "$BOTHY" box add org/bix
like "$err" "box 'org/bix' not found: it is not in the store, not on $WEB/empty, " 'says where it was looked for'
exits 65 'what is no server' env BOTHY_BOX_SERVERS=boxes.example.org "$BOTHY" box add org/box
like "$err" "'boxes.example.org' is not a URL" 'is told'
anew
exits 0 'a server that is a directory' env BOTHY_BOX_SERVERS="file://$FILES/tree" "$BOTHY" box add org/box
ok 'has it, too' holds "$FILES/box.img"

qemu=$FILES/disk.qcow2
if command -v qemu-img >/dev/null; then
	qemu-img convert -f raw -O qcow2 "$FILES/box.img" "$qemu"
else
	cp "$FILES/box.img" "$qemu"
fi
cat >"$FILES/image/streams/v1/index.json" <<-EOF
	{"format": "index:1.0", "index": {"images": {"datatype": "image-downloads",
	  "path": "streams/v1/images.json", "format": "products:1.0", "products": ["tiny:1:$arch:default"]}}}
EOF
cat >"$FILES/image/streams/v1/images.json" <<-EOF
	{"format": "products:1.0", "datatype": "image-downloads", "products": {"tiny:1:$arch:default": {
	  "aliases": "tiny/1", "arch": "$arch", "os": "Tiny", "release": "1", "release_title": "1", "variant": "default",
	  "versions": {"20261120_05:24": {"items": {
	    "disk.qcow2": {"ftype": "disk-kvm.img", "path": "../disk.qcow2", "size": $(stat -c %s "$qemu"),
	      "sha256": "$(digest_of "$qemu")"}}}}}}}
EOF
sed -i 's,\.\./disk,disk,' "$FILES/image/streams/v1/images.json"
cp "$qemu" "$FILES/image/"
anew
exits 0 'an image server' env BOTHY_BOX_SERVERS="$WEB/image" "$BOTHY" box add tiny/1
is "$(names)" "tiny/1 20261120_05:24 kvm $arch" 'is asked by its index'
ok 'and gives the disk' holds "$qemu"

# --- proxies ----------------------------------------------------------------------------------

anew
exits 0 'a proxy' env http_proxy="$WEB" "$BOTHY" box add --name it http://boxes.invalid/box.img
like "$(requests 'GET .*box.img ')" 'host=boxes.invalid' 'is asked'
ok 'for the box' holds "$FILES/box.img"
exits 1 'no_proxy' env http_proxy="$WEB" no_proxy=boxes.invalid BOTHY_HTTP=retries=1,wait=1 "$BOTHY" box add http://boxes.invalid/box.img
like "$err" 'boxes.invalid' 'is heeded'
like "$err" 'hint: is there a way to it from this host' 'a server that is not reached comes with what to look at'

# --- memory -----------------------------------------------------------------------------------

# The most memory in KiB that the program had, as seen just before it ended.
peak_kib() {
	local pid line peak=0
	"$@" >/dev/null 2>"$TEST_TMP/peak" &
	pid=$!
	while line=$(grep VmHWM "/proc/$pid/status" 2>/dev/null); do
		line=${line//[!0-9]/}
		((line > peak)) && peak=$line
		read -rt 0.01 <>/dev/full || true
	done
	wait $pid || return 1
	echo "$peak"
}

anew
make_box_of "$FILES/large.img" large
truncate -s 300M "$FILES/large.img"
printf x | dd of="$FILES/large.img" bs=1 seek=$((299 << 20)) conv=notrunc status=none
peak=$(peak_kib "$BOTHY" box add --name large "$WEB/large.img")
ok 'a box of 300 MiB' holds "$FILES/large.img"
diag "peak: $((peak / 1024)) MiB"
ok 'takes no more than 48 MiB of memory' test "$peak" -gt 1000 -a "$peak" -le $((48 << 10))
done_testing
