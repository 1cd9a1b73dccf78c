#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# box remove and box prune, killed or failing at every change of a file.
. "${0%/*}/../lib.sh"
. "${0%/*}/failio.sh"
. "${0%/*}/store.sh"

# store_of DIRECTORY: the lane's store is a copy of that one.
store_of() {
	export BOTHY_HOME=$lane/home
	rm -rf "$BOTHY_HOME" && cp -a "$1" "$BOTHY_HOME"
}

# After that fault the box is there, or removing it again works; then nothing of it is left.
after_removal() {
	store_of "$FAST/good"
	faulty "$1" "$2" "$BOTHY" box remove "$box_name"
	[[ -n $hit ]] || return
	listed=$("$BOTHY" box list --json)
	case $listed in
	'[]') ;;
	"$wanted")
		plainly "$BOTHY" box remove "$box_name"
		((status == 0)) || echo "the next remove failed: $said"
		;;
	*) echo "listed is $listed" ;;
	esac
	# What could not be removed goes with the next box.
	[[ $2 == failing && $hit == unlink* ]] || nothing_but ''
	can_be_added
}

# What a prune leaves of locks that were for one thing each.
locks_left() { find "$BOTHY_HOME"/{locks,rootfs} -type f \( -path '*/locks/*' -o -name '*.lock' \) -printf 'locked by nobody: %P\n' 2>/dev/null; }

# A box that was being added when its process died, and that nobody adds again, goes with a prune.
after_addition() {
	export BOTHY_HOME=$lane/home
	rm -rf "$BOTHY_HOME"
	faulty "$1" "$2" "$BOTHY" box add "${add[@]}"
	[[ -n $hit ]] || return
	is_right
	find "$BOTHY_HOME" -maxdepth 2 -exec touch -h -d '30 days ago' {} +
	plainly "$BOTHY" box prune
	((status == 0)) || echo "prune failed: $said"
	if [[ $listed == '[]' ]]; then nothing_but ''; else nothing_else; fi
	locks_left
	is_right
}

# Two boxes of which only the one that is named stays.
after_prune() {
	store_of "$FAST/two"
	faulty "$1" "$2" "$BOTHY" box prune
	[[ -n $hit ]] || return
	is_right
	plainly "$BOTHY" box prune
	((status == 0)) || echo "the next prune failed: $said"
	is_right
	nothing_else
	locks_left
}

# two_boxes OTHER: $FAST/two has the box, and the other one, which was called so before.
two_boxes() {
	export BOTHY_HOME=$FAST/two
	rm -rf "$BOTHY_HOME"
	run "$BOTHY" box add "${add[@]::${#add[@]}-1}" --name "$box_name" "$1"
	exits 0 "$label: it takes another one's place" "$BOTHY" box add --force "${add[@]}"
	find "$BOTHY_HOME" -maxdepth 2 -exec touch -h -d '1 hour ago' {} +
	is "$(is_right)" '' '  and is in the store then'
	is "$(nothing_else | grep -c .)" 2 '  and so is the other one, without a name'
}

every_fault() {
	every_change "$label, removed" killed after_removal
	every_change "$label, removed" torn after_removal 0
	every_change "$label, removed" failing after_removal
	every_change "$label, added" killed after_addition
	two_boxes "$1"
	every_change "$label, pruned" killed after_prune
	every_change "$label, pruned" torn after_prune 0
	every_change "$label, pruned" failing after_prune
}

new_project
make_box raw.img && disk=$PWD/raw.img
{ cat raw.img && echo other; } >other.img
a_box 'a disk image' --provider fake raw.img
every_fault other.img

if ((EUID == 0)); then
	make_rootfs other.tar.gz && make_rootfs root.tar.gz && disk=''
	a_box 'a root filesystem' root.tar.gz
	every_fault other.tar.gz
else
	skip 'a root filesystem' 'needs root'
fi
done_testing
