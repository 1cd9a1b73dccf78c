# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A box of a gigabyte into the store: against the slower of decompressing it and digesting it, each alone, and against Vagrant.

boxes_compress() # SUFFIX: from standard input
{
	case $1 in zst) zstd -q -T0 -3 ;; gz) gzip -1 ;; esac
}

# Half of it random, half text that compresses well: a v1 box whose file has a gigabyte.
boxes_make() # SUFFIX BYTES-OF-DISK
{
	local dir=$LAB/make i
	rm -rf "$dir" && mkdir -p "$dir" || return
	for ((i = 0; i < $2; i++)); do
		openssl enc -aes-128-ctr -K "$(printf %032x "$i")" -iv 0 -in /dev/zero 2>/dev/null | head -c 48M
		yes "bothy $i: the quick brown fox jumps over the lazy dog, line after line" | head -c 16M
	done >"$dir/raw"
	printf '\x55\xaa' | dd of="$dir/raw" bs=1 seek=510 conv=notrunc status=none
	qemu-img convert -q -f raw -O qcow2 "$dir/raw" "$dir/box.img" && rm "$dir/raw" || return
	echo '{"provider":"libvirt","format":"qcow2","virtual_size":2}' >"$dir/metadata.json"
	: >"$dir/Vagrantfile"
	tar -C "$dir" -c metadata.json Vagrantfile box.img | boxes_compress "$1" >"$LAB/big.$1"
	boxes_image_kb=$(du -k "$dir/box.img" | cut -f 1)
	rm -rf "$dir"
}

boxes_ours() # SUFFIX
{
	stopwatch "box-$1" bothy "$BOTHY" -q box add --name big "$LAB/big.$1" || return
	if [ -n "$counted" ]; then
		sample "box-$1.disk" bothy "$(($(du -skc /var/lib/bothy /var/lib/libvirt/images | tail -n 1 | cut -f 1) / 1024))"
		sample "box-$1.disk" floor "$((boxes_image_kb / 1024))"
	fi
	logged "$BOTHY" box remove big
}

boxes_floor() # SUFFIX: the slower of the two
{
	local us_decompress us_digest
	begin
	case $1 in
	zst) zstd -q -d -f "$LAB/big.zst" -o /var/lib/libvirt/images/plain ;;
	gz) gzip -dc "$LAB/big.gz" >/var/lib/libvirt/images/plain ;;
	esac || return
	us_decompress=$((${EPOCHREALTIME/[.,]/} - began_us))
	rm -f /var/lib/libvirt/images/plain
	begin
	sha256sum "$LAB/big.$1" >/dev/null || return
	us_digest=$((${EPOCHREALTIME/[.,]/} - began_us))
	began_us=$((${EPOCHREALTIME/[.,]/} - (us_decompress > us_digest ? us_decompress : us_digest)))
	elapsed floor "box-$1"
}

boxes_beside_vagrant() # ID [OPTION...]
{
	begin
	logged "$BOTHY" -q box add --name big "${@:2}" "$LAB/big.gz" || return
	elapsed bothy "$1"
	logged "$BOTHY" box remove big
}

boxes_vagrant() # ID [OPTION...]
{
	# On the same file system as the store, not in memory.
	export VAGRANT_HOME=/var/lib/libvirt/images/vagrant
	begin
	logged vagrant box add --name big --provider libvirt "${@:2}" "$LAB/big.gz" || return
	elapsed floor "$1"
	logged vagrant box remove -f big
	rm -rf "$VAGRANT_HOME"
}

# Vagrant looks at what it adds only if it is told the checksum; bothy always does.
boxes_against_vagrant()
{
	local sum
	sum=$(sha256sum "$LAB/big.gz" | cut -d ' ' -f 1)
	row box-vagrant ms 'ratio 0.5' 'bothy box add, the same box (gz), verified' 'vagrant box add --checksum'
	row box-vagrant-blind ms 'ratio 0.5' '  the same' 'vagrant box add, not verified'
	rounds 3 box-vagrant "boxes_beside_vagrant box-vagrant --checksum sha256:$sum" \
		"boxes_vagrant box-vagrant --checksum $sum --checksum-type sha256"
	rounds 3 box-vagrant-blind 'boxes_beside_vagrant box-vagrant-blind' 'boxes_vagrant box-vagrant-blind'
}

bench_boxes()
{
	local suffix
	for suffix in zst gz; do
		row "box-$suffix" ms 'ratio 1.15' "bothy box add, a box of 1 GB ($suffix)" \
			'the slower of decompressing and sha256sum'
		row "box-$suffix.memory" MB 'value 48' '  peak memory' ''
		row "box-$suffix.disk" MB 'ratio 1.05' '  disk used' 'the image in the box'
		boxes_make "$suffix" 21 || { failure "box-$suffix" 'a box of 1 GB'; return; }
		rounds "$BENCH_ROUNDS" "box-$suffix" "boxes_ours $suffix" "boxes_floor $suffix"
		[ "$suffix" = gz ] || rm -f "$LAB/big.$suffix"
	done
	if command -v vagrant >/dev/null; then
		boxes_against_vagrant
	else
		echo 'vagrant is not installed: box-vagrant was not measured' >>"$BENCH_OUT/notes"
	fi
	rm -f "$LAB/big.gz"
}
