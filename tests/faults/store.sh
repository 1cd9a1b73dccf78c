# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use what is set here
# Small boxes, and what a store must be like that has one of them or none. Source it after failio.sh.

. "$TOP/tests/cli/project.sh"

add=()     # the options and the source
disk=''    # what the base must be, if it has one
tree=''    # what the root filesystem must be, as manifest() tells, if it is one
wanted=''  # what 'box list' says when the box is there
label='' box_name='' digest='' # what the tests call it, and the store

# manifest DIRECTORY: everything that matters of each file in it.
manifest() {
	(
		cd "$1" || exit
		find . \( -type d -printf '%P/ %y %m %U:%G %Ts\n' \) -o -printf '%P %y %m %U:%G %s %n %Ts %l\n' | sort
		find . -type f -exec sha256sum {} + | sort
		command -v getcap >/dev/null && getcap -r . | sort
	)
}

# make_tree DIRECTORY: a root filesystem of a few dozen files of all kinds.
make_tree() {
	local i
	mkdir -p "$1"/{bin,dev,etc/rc.d,sbin,tmp,usr/{bin,share},var/lib} && chmod 1777 "$1/tmp"
	for i in {1..8}; do
		head -c $((i * 1000)) /dev/urandom >"$1/usr/bin/program$i"
		ln -s "program$i" "$1/usr/bin/link$i"
	done
	for i in {1..4}; do
		ln "$1/usr/bin/program$i" "$1/usr/share/hard$i"
	done
	chmod 4755 "$1/usr/bin/program1" && chmod 2750 "$1/usr/bin/program2"
	chown 1:2 "$1/usr/bin/program3" "$1/usr/share" && chown -h 3:4 "$1/usr/bin/link3"
	! command -v setcap >/dev/null || setcap cap_net_raw+ep "$1/usr/bin/program5" 2>/dev/null
	truncate -s 1M "$1/var/lib/sparse" && echo end >>"$1/var/lib/sparse"
	: >"$1/etc/empty" && mkfifo "$1/etc/fifo" && chmod 600 "$1/etc/empty"
	ln -s ../usr/bin/program1 "$1/sbin/init"
	echo 'ID=small' >"$1/etc/os-release"
	find "$1" -exec touch -h -d @1700000000 {} +
}

# make_rootfs TARBALL: packs one; sets $tree.
make_rootfs() {
	make_tree "$1.d"
	tar -C "$1.d" --numeric-owner --sort=name --sparse --xattrs --xattrs-include=security.capability -czf "$1" .
	tree=$(manifest "$1.d")
	rm -rf "$1.d"
}

# make_vagrant_box FILE: a Vagrant box whose disk is kept as FILE.disk.
make_vagrant_box() {
	local work=$1.d
	mkdir "$work"
	make_box "$work/raw.img"
	qemu-img convert -q -f raw -O qcow2 "$work/raw.img" "$work/box.img" || return
	echo '{"provider":"libvirt","format":"qcow2","virtual_size":1}' >"$work/metadata.json"
	echo 'Vagrant.configure("2") do |config| end' >"$work/Vagrantfile"
	tar -C "$work" -czf "$1" ./metadata.json ./Vagrantfile ./box.img
	mv "$work/box.img" "$1.disk" && rm -rf "$work"
}

# a_box LABEL OPTIONS… SOURCE: the box that is tried from here on; its store as it should be is $FAST/good.
a_box() {
	local answer
	label=$1 add=("${@:2}")
	rm -rf "$FAST/good"
	export BOTHY_HOME=$FAST/good
	run "$BOTHY" --json box add "${add[@]}"
	is "$status" 0 "$label: it can be added"
	answer=$(json '{name, digest}')
	box_name=$(jq -r .name <<<"$answer") digest=$(jq -r .digest <<<"$answer")
	wanted=$("$BOTHY" box list --json)
	is "$(jq -c '[.[] | {name, digest}]' <<<"$wanted")" "[$answer]" '  and is in the store then'
	is "$(is_whole; nothing_else)" '' '  as it should be'
	is "$(find "$BOTHY_HOME" -path '*/locks/*' -o -path '*/rootfs/*.lock')" '' '  without a lock that nobody will take again'
}

# is_whole: what is wrong with the content of the box, which is listed.
is_whole() {
	local state
	grep -qs "\"sha256\":\"$digest\"" "$BOTHY_HOME/boxes/$digest.json" || echo 'its content is not written down'
	if [[ -n $disk ]]; then
		cmp "$disk" "$BOTHY_HOME/fake-bases/$digest.0" 2>&1
		state=$(<"$BOTHY_HOME/fake.json")
		[[ $state =~ \"$digest\":\ \{[^}]*\"complete\":\ true ]] || echo 'its base is not complete'
	else
		diff <(echo "$tree") <(manifest "$BOTHY_HOME/rootfs/$digest/root") 2>&1
	fi
}

# nothing_but REGEX: what the store has besides those files, its folders and locks.
nothing_but() {
	find "$BOTHY_HOME" -mindepth 1 -maxdepth 2 -regextype posix-extended ! -regex \
		"$BOTHY_HOME/((boxes|names|locks|tmp|rootfs|downloads|digests|fake-bases|fake\.json)|locks/$hex|digests/$hex\.json|(rootfs/)?[^/]*\.lock|$1)" \
		-printf 'left behind: %P\n'
}

hex='[0-9a-f]{64}'
# nothing_else: what the store has besides the box, if it has that.
nothing_else() { nothing_but "$(of_box)"; }
of_box() { echo "names/$hex\.json|boxes/$digest\.json|fake-bases/$digest\.0|rootfs/$digest"; }

# is_right: what is wrong with a store in which that box is wholly or not at all; sets $listed.
is_right() {
	listed=$("$BOTHY" box list --json 2>&1) || echo "box list failed: $listed"
	case $listed in
	'[]') ;;
	"$wanted") is_whole ;;
	*) echo "listed is $listed" ;;
	esac
}

# can_be_added: what is wrong after adding the box.
can_be_added() {
	plainly "$BOTHY" box add "${add[@]}"
	((status == 0)) || echo "the next add failed: $said"
	listed=$("$BOTHY" box list --json 2>&1)
	[[ $listed == "$wanted" ]] || echo "then listed is $listed"
	is_whole
	nothing_else
}
