#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A box for VMs whose add or removal is killed, or fails, at every change of a file of the store or of libvirt's pool, into
# which root writes: what libvirt holds of it then.
. "${0%/*}/live.sh"
# shellcheck source=../faults/failio.sh
. "$TESTS/faults/failio.sh"
# shellcheck source=../cli/project.sh
. "$TESTS/cli/project.sh"

# There is one pool for all.
# shellcheck disable=SC2034,SC2154 # for failio.sh, which sets lane
LANES=1
export BOTHY_PROVIDER=kvm BOTHY_LIBVIRT_URI=''

volumes() { virsh -q vol-list bothy 2>/dev/null | awk '{ print $1 }'; }
pool() { virsh pool-dumpxml bothy | sed -n 's,.*<path>\(.*\)</path>,\1,p'; }

# is_whole: what is wrong with what libvirt has of the box.
is_whole() {
	cmp raw.img "$(pool)"/base-*.raw 2>&1
	[[ $(volumes | sed 's/^base-.*/base/; s/.*\.ok$/mark/' | sort | paste -sd' ') == 'base mark' ]] || echo "volumes: $(volumes)"
}

# is_right: what is wrong with a store that has the box wholly or not at all; sets $listed.
is_right() {
	listed=$("$BOTHY" box list --json 2>&1)
	case $listed in
	'[]') ;;
	"$wanted") is_whole ;;
	*) echo "listed is $listed" ;;
	esac
}

# empty_store: and an empty pool.
empty_store() {
	local volume
	export BOTHY_HOME=$lane/home
	under=$lane:$(pool)
	rm -rf "$BOTHY_HOME"
	for volume in $(volumes); do virsh -q vol-delete "$volume" bothy; done
}

plainly_works() {
	plainly "$BOTHY" "$@"
	((status == 0)) || echo "$* failed: $said"
}

after_addition() {
	empty_store
	faulty "$1" "$2" "$BOTHY" box add raw.img
	[[ -n $hit ]] || return
	is_right
	find "$BOTHY_HOME" -maxdepth 2 -exec touch -h -d '1 hour ago' {} +
	plainly_works box prune
	is_right
	[[ $listed != '[]' || -z $(volumes) ]] || echo "prune has left $(volumes)"
	plainly_works box add raw.img
	is_whole
}

after_removal() {
	empty_store
	plainly_works box add raw.img
	faulty "$1" "$2" "$BOTHY" box remove "$PWD/raw.img"
	[[ -n $hit ]] || return
	[[ $("$BOTHY" box list --json) == '[]' ]] || plainly_works box remove "$PWD/raw.img"
	[[ -z $(volumes) ]] || echo "left are $(volumes)"
}

new_project
make_box raw.img && noise=$(head -c 300000 /dev/urandom | base64) && printf %s "$noise" >>raw.img
truncate -s 512K raw.img
exits 0 'a box' bothy box add raw.img
wanted=$("$BOTHY" box list --json)
is "$(is_right)" '' '  is there'
every_change 'box add' killed after_addition 38
every_change 'box add' torn after_addition
every_change 'box add' failing after_addition 38
every_change 'box remove' killed after_removal 4

empty_store
exits 0 'a box' bothy box add raw.img
virsh -q vol-delete "$(volumes | grep '\.ok$')" bothy
like "$(volumes)" '^base-' '  whose removal was killed in libvirt'
exits 0 '  can be removed again' bothy box remove "$PWD/raw.img"
is "$(volumes)" '' '  and is gone then'
done_testing
