# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A container from nothing to a finished ssh command: bothy against virsh, mount and ssh.

container_file()
{
	echo "machine \"box\" { provider = \"container\", box = \"$(box debian-rootfs)\", memory = 256 }"
}

container_ours()
{
	new_project container && container_file >bothy.lua || return
	begin
	logged "$BOTHY" up || return
	elapsed bothy container.up
	logged "$BOTHY" ssh -c true || return
	elapsed bothy container
	# The floor works on the same files.
	container_lower=$(sed -n 's/.*lowerdir=\([^,]*\).*/\1/p' /proc/self/mountinfo | head -n 1)
	remove_project
}

container_xml()
{
	cat <<-END
		<domain type='lxc'>
		  <name>hand</name>
		  <memory unit='MiB'>256</memory>
		  <vcpu>1</vcpu>
		  <cputune><period>100000</period><quota>100000</quota></cputune>
		  <os><type>exe</type><init>/sbin/init</init></os>
		  <features><privnet/></features>
		  <devices>
		    <filesystem type='mount' accessmode='passthrough'><source dir='$HAND/root'/><target dir='/'/></filesystem>
		    <interface type='network'>
		      <mac address='$HAND_MAC'/>
		      <source network='hand'/>
		      <ip address='$HAND_IP' family='ipv4' prefix='24'/>
		      <route family='ipv4' address='0.0.0.0' prefix='0' gateway='10.99.0.1'/>
		      <guest dev='eth0'/>
		    </interface>
		    <console type='pty'/>
		  </devices>
		</domain>
	END
}

container_root() # an overlay with the keys, a name server and an identity that is not the box's
{
	mkdir -p "$HAND"/{upper,work,root} &&
		mount -t overlay -o "lowerdir=$container_lower,upperdir=$HAND/upper,workdir=$HAND/work" hand "$HAND/root" &&
		install -m 600 "$HAND/host_key" "$HAND/root/etc/ssh/ssh_host_ed25519_key" &&
		install -D -m 600 "$HAND/user_key.pub" "$HAND/root/root/.ssh/authorized_keys" &&
		echo 'nameserver 10.99.0.1' >"$HAND/root/etc/resolv.conf" &&
		echo box >"$HAND/root/etc/hostname" &&
		: >"$HAND/root/etc/machine-id"
}

# Without the signal libvirt waits two seconds for something that systemd does not understand.
container_clear()
{
	logged virsh -c lxc:///system send-process-signal hand 1 sigkill
	logged virsh -c lxc:///system destroy hand
	logged umount "$HAND/root"
	rm -rf --one-file-system "$HAND"/{upper,work,root}
}

container_by_hand()
{
	hand_prepare && container_xml >"$HAND/container.xml" || return
	begin
	hand_network && container_root && logged virsh -c lxc:///system create "$HAND/container.xml" &&
		hand_announce && hand_reach 60 || return
	elapsed floor container container.up
	container_clear && hand_network_remove
}

bench_container()
{
	row container ms 'ratio 1.5' 'container: up from nothing, ssh -c true' \
		'virsh net-start and create, mount, ssh true'
	row container.up ms '' '  of this, up (logged in, named)' 'the same'
	rounds "$BENCH_ROUNDS" container container_ours container_by_hand
}
