#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# box add, killed or failing at every change of a file: the store is right, and the next one works.
. "${0%/*}/../lib.sh"
. "${0%/*}/failio.sh"
. "${0%/*}/store.sh"
. "$TOP/tests/cli/web.sh"

# after_fault N HOW: what is wrong after that fault in an empty store.
after_fault() {
	export BOTHY_HOME=$lane/home
	rm -rf "$BOTHY_HOME"
	faulty "$1" "$2" "$BOTHY" box add "${add[@]}"
	[[ -n $hit ]] || return
	is_right
	# What has arrived stays for the next time.
	[[ $2 != failing || $hit == unlink* ]] || nothing_but "$(of_box)|downloads/.*"
	can_be_added
}

# every_fault LEAST: of the box, which has at least so many changes.
every_fault() {
	every_change "$label" killed after_fault "$1"
	every_change "$label" torn after_fault
	every_change "$label" failing after_fault "$1"
}

# unknown_calls: those that change files and that the program has, but failio.c has not. Its splice() is for sockets.
unknown_calls() {
	comm -23 <(nm -D --undefined-only "$BOTHY" | sed 's/.* U //; s/@.*//' | grep -xE -f <(printf '%s\n' \
		'f?open(64)?' 'openat(64)?' '__open(at)?(64)?_2' creat 'freopen(64)?' 'mk(o?stemps?|dtemp|temp)(64)?' 'tmpfile(64)?' \
		'p?writev?(64)?(v2)?' 'f?truncate(64)?' '(posix_)?fallocate(64)?' 'sendfile(64)?' \
		'copy_file_range|tee|vmsplice' 'f(data)?sync|syncfs|sync_file_range|msync' \
		'rename(at2?)?' '(sym)?link(at)?' 'mk(dir|nod|fifo)(at)?' 'unlink(at)?|rmdir|remove' \
		'[fl]?ch(own|mod)(at)?' '[fl]?(set|remove)xattr' '(f|l|fd)?utimes?(at)?|utimensat|futimens') | sort) \
		<(nm -D --defined-only "$FAILIO" | sed 's/.* //' | sort)
}

new_project
if command -v nm >/dev/null; then
	is "$(unknown_calls)" '' 'every call that changes a file can fail'
else
	skip 'every call that changes a file can fail' 'needs nm'
fi

make_box raw.img && disk=$PWD/raw.img
a_box 'a disk image' --provider fake raw.img
every_fault 30

if command -v qemu-img >/dev/null; then
	make_vagrant_box vagrant.box && disk=$PWD/vagrant.box.disk
	a_box 'a Vagrant box' --provider fake vagrant.box
	every_fault 30
else
	skip 'a Vagrant box' 'needs qemu-img'
fi

serve
make_box "$FILES/web.img" && head -c 200000 /dev/urandom >>"$FILES/web.img" && disk=$FILES/web.img
a_box 'a box from the web' --provider fake "$WEB/web.img"
every_fault 40

if ((EUID == 0)); then
	make_rootfs root.tar.gz && disk=''
	a_box 'a root filesystem' root.tar.gz
	every_fault 150
else
	skip 'a root filesystem' 'needs root'
fi
done_testing
