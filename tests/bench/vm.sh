# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A VM from nothing to a finished ssh command: bothy against QEMU on an overlay of the same base, with the same CPU,
# accelerator, memory and devices.

vm_option() # NAME: what follows it on the command line of bothy's QEMU
{
	local i
	for ((i = 0; i < ${#vm_command[@]}; i++)); do
		[ "${vm_command[i]}" != "$1" ] || { echo "${vm_command[i + 1]}"; return; }
	done
}

vm_look() # at the running machine, for what the floor must have in common with it
{
	local domain disk
	domain=$(virsh list --name | head -n 1)
	disk=$(virsh domblklist "$domain" | awk '$1 == "vda" { print $2 }')
	vm_base=$(qemu-img info -U --output=json "$disk" | jq -r '."full-backing-filename"')
	mapfile -d '' vm_command <"/proc/$(<"/run/libvirt/qemu/$domain.pid")/cmdline"
	vm_machine=$(vm_option -machine | sed 's/,memory-backend=[^,]*//')
	printf 'guests run by %s with -cpu %s\n' "$(vm_option -accel)" "$(vm_option -cpu)" >"$BENCH_OUT/notes"
}

vm_ours() # BOX MEMORY
{
	new_project "$1" || return
	# The floor shares no folder either.
	echo "machine \"box\" { provider = \"kvm\", box = \"$(box "$1")\", memory = $2, folders = { [\".\"] = false } }" >bothy.lua
	begin
	logged "$BOTHY" up || return
	elapsed bothy "$1.up"
	logged "$BOTHY" ssh -c true || return
	elapsed bothy "$1"
	vm_look
	remove_project
}

encoded() { base64 -w 0 <"$1"; }

# The lines of tmpfiles.d(5) that systemd takes from a credential; the tiny VM understands the same.
vm_credential()
{
	printf '%s\n' "f+~ /etc/ssh/ssh_host_ed25519_key 0600 root root - $(encoded "$HAND/host_key")" \
		"f+~ /etc/ssh/ssh_host_ed25519_key.pub 0644 root root - $(encoded "$HAND/host_key.pub")" \
		'd /root/.ssh 0700 root root - -' \
		"f+~ /root/.ssh/authorized_keys 0600 root root - $(encoded "$HAND/user_key.pub")" | base64 -w 0
}

vm_card()
{
	ip tuntap add dev hand-vm mode tap && ip link set hand-vm master "$HAND_BRIDGE" up
}

vm_run() # in the background, as vm_pid
{
	"${vm_command[0]}" -nodefaults -no-user-config -display none -machine "$vm_machine" \
		-accel "$(vm_option -accel)" -cpu "$(vm_option -cpu)" -m "$1" -smp 1 \
		-smbios "type=11,value=io.systemd.credential.binary:tmpfiles.extra=$(vm_credential)" \
		-drive "file=$HAND/disk.qcow2,if=none,id=disk,format=qcow2,discard=unmap" \
		-device virtio-blk-pci,drive=disk,bootindex=1 \
		-netdev tap,id=net,ifname=hand-vm,script=no,downscript=no \
		-device "virtio-net-pci,netdev=net,mac=$HAND_MAC,romfile=" \
		-object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng \
		-device virtio-balloon-pci -serial "file:$HAND/console.log" >>"$BENCH_OUT/log" 2>&1 &
	vm_pid=$!
}

vm_clear()
{
	[ -z "${vm_pid:-}" ] || { kill -KILL "$vm_pid" && wait "$vm_pid"; } 2>/dev/null
	vm_pid=
	logged ip link delete hand-vm
	rm -f "$HAND/disk.qcow2"
}

vm_by_hand() # BOX MEMORY
{
	hand_prepare || return
	begin
	hand_network && vm_card && hand_announce &&
		logged qemu-img create -q -f qcow2 -b "$vm_base" -F qcow2 "$HAND/disk.qcow2" || return
	vm_run "$2"
	hand_reach 300 || return
	elapsed floor "$1" "$1.up"
	vm_clear
	hand_network_remove
}

bench_tiny-vm()
{
	row tiny-vm ms 'ratio 1.10' 'VM, tiny: up from nothing, ssh -c true' 'virsh net-start, qemu-img, QEMU, ssh true'
	row tiny-vm.up ms '' '  of this, up (logged in, named)' 'the same'
	rounds "$BENCH_ROUNDS" tiny-vm 'vm_ours tiny-vm 256' 'vm_by_hand tiny-vm 256'
}

bench_debian-vm()
{
	row debian-vm ms 'ratio 1.10' 'VM, Debian 12: up from nothing, ssh -c true' 'virsh net-start, qemu-img, QEMU, ssh true'
	row debian-vm.up ms '' '  of this, up (logged in, named)' 'the same'
	rounds $(((BENCH_ROUNDS + 1) / 2)) debian-vm 'vm_ours debian-vm 1024' 'vm_by_hand debian-vm 1024'
}
