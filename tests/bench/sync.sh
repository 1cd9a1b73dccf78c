# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Two thousand small files into a container and a small VM: by copy and by rsync, against tar through ssh.

sync_tree() # DIRECTORY: 2,000 files of 200 to 4,200 bytes in 40 directories
{
	local i
	mkdir -p "$1" && head -c 5M /dev/urandom >"$LAB/random" || return
	for ((i = 0; i < 2000; i++)); do
		[ $((i % 50)) -ne 0 ] || mkdir -p "$1/d$((i / 50))"
		tail -c "+$((i * 2000))" "$LAB/random" | head -c $((200 + i * 2)) >"$1/d$((i / 50))/f$i"
	done
}

sync_file() # MACHINE KIND BOX
{
	local settings='provider = "container", memory = 256'
	[[ $1 != vm-* ]] || settings='provider = "kvm", memory = 160'
	echo "machine \"$1\" { $settings, box = \"$3\"," \
		"folders = { [\".\"] = false, [\"./tree\"] = { to = \"/srv/tree\", kind = \"$2\" } } }"
}

sync_project()
{
	new_project sync && sync_tree tree || return
	{
		sync_file copy copy "$(box tools-rootfs)"
		sync_file rsync rsync "$(box tools-rootfs)"
		sync_file vm-copy copy "$(box tiny-vm)"
		sync_file vm-rsync rsync "$(box tiny-vm)"
	} >bothy.lua
	logged "$BOTHY" up || return
	for machine in "${sync_machines[@]}"; do
		logged "$BOTHY" ssh-config "$machine" >/dev/null
		"$BOTHY" ssh-config "$machine" >"$LAB/$machine.ssh" || return
	done
}

sync_empty() # MACHINE: as if nothing had ever been brought
{
	logged "$BOTHY" ssh "$1" -c 'rm -rf /srv/tree /srv/floor; mkdir /srv/floor; sync' &&
		rm -rf ".bothy/machines/$1/folders"
}

sync_first() # MACHINE
{
	sync_empty "$1" || return
	begin
	logged "$BOTHY" sync "$1" || return
	elapsed bothy "sync-$1"
}

sync_tar() # MACHINE
{
	sync_empty "$1" || return
	begin
	tar -C tree -c . | logged ssh -F "$LAB/$1.ssh" "$1" 'tar -x -C /srv/floor' || return
	elapsed floor "sync-$1"
}

sync_nothing() # MACHINE
{
	begin
	logged "$BOTHY" sync "$1" || return
	elapsed bothy "sync-$1-nothing"
}

sync_plain_rsync() # MACHINE
{
	begin
	logged rsync -a --delete -e "ssh -F $LAB/$1.ssh" tree/ "$1:/srv/tree/" || return
	elapsed floor "sync-$1-nothing"
}

# The containers' files are the host's, so that looking for a change costs nothing.
sync_change() # MACHINE
{
	local root tries=0
	root=$(echo "/var/lib/bothy/machines/sync-$1-"*/root)
	sync_number=$((sync_number + 1))
	begin
	echo "$sync_number" >"tree/d7/f350"
	until grep -qx "$sync_number" "$root/srv/tree/d7/f350" 2>/dev/null; do
		[ $((++tries)) -lt 1000 ] || return
		sleep 0.005
	done
	elapsed bothy "sync-$1-watch"
}

sync_watch() # MACHINE
{
	local job
	"$BOTHY" sync --watch "$1" >"$LAB/watch.log" 2>&1 &
	job=$!
	until grep -q tree "$LAB/watch.log"; do kill -0 "$job" || return; sleep 0.05; done
	rounds $((BENCH_ROUNDS * 4)) "sync-$1-watch" "sync_change $1" :
	kill -INT "$job"
	wait "$job"
}

sync_machine() # MACHINE KIND WHERE
{
	local bound='value 300'
	row "sync-$1" ms 'ratio 1.3' "first $2 of 2,000 files into $3" 'tar -c | ssh tar -x'
	# Where a processor is emulated a login alone takes longer than that.
	[[ $1 != vm-* ]] || bound='ratio 1'
	row "sync-$1-nothing" ms "$bound" '  sync with nothing to do' 'rsync -a -e ssh'
	rounds "$BENCH_ROUNDS" "sync-$1" "sync_first $1" "sync_tar $1"
	logged "$BOTHY" sync "$1"
	rounds $((BENCH_ROUNDS * 2)) "sync-$1-nothing" "sync_nothing $1" "sync_plain_rsync $1"
	[[ $1 != vm-* ]] || return 0
	row "sync-$1-watch" ms 'value 500' '  a changed file is there, with --watch' '-'
	sync_watch "$1"
}

bench_sync()
{
	sync_machines=(copy rsync vm-copy vm-rsync) sync_number=0
	sync_project || { failure sync 'four machines'; return; }
	sync_machine copy copy 'a container'
	sync_machine rsync rsync 'a container'
	sync_machine vm-copy copy 'the tiny VM'
	sync_machine vm-rsync rsync 'the tiny VM'
	remove_project
}
