# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The same two thousand small files into the same small VM by `vagrant rsync`, where Vagrant and its libvirt plugin are.

vagrant_begin()
{
	# Where its machines' disks are to be found by QEMU.
	export VAGRANT_HOME=/var/lib/libvirt/images/vagrant VAGRANT_CHECKPOINT_DISABLE=1 VAGRANT_BOX_UPDATE_CHECK_DISABLE=1
	new_project vagrant && sync_tree tree && sync_file vm-rsync rsync "$(box tiny-vm)" >bothy.lua &&
		logged "$BOTHY" up || return
	cat >Vagrantfile <<-'END'
		Vagrant.configure("2") do |config|
		  config.vm.box = "tiny"
		  config.ssh.shell = "sh"
		  config.vm.synced_folder ".", "/vagrant", disabled: true
		  config.vm.synced_folder "tree", "/srv/tree", type: "rsync"
		  config.vm.provider(:libvirt) { |v| v.driver = "qemu"; v.memory = 160; v.cpus = 1 }
		end
	END
	logged vagrant box add --name tiny --provider libvirt "$(box vagrant-box)" && logged vagrant up --provider libvirt
}

vagrant_ours_first()
{
	logged "$BOTHY" ssh vm-rsync -c 'rm -rf /srv/tree; sync' || return
	begin
	logged "$BOTHY" sync || return
	elapsed bothy vagrant-first
}

vagrant_first()
{
	logged vagrant ssh -c 'sudo rm -rf /srv/tree; sync' || return
	begin
	logged vagrant rsync || return
	elapsed floor vagrant-first
}

vagrant_ours_nothing()
{
	begin
	logged "$BOTHY" sync || return
	elapsed bothy vagrant-nothing
}

vagrant_nothing()
{
	begin
	logged vagrant rsync || return
	elapsed floor vagrant-nothing
}

bench_vagrant()
{
	if ! command -v vagrant >/dev/null || ! vagrant plugin list 2>/dev/null | grep -q libvirt; then
		echo 'vagrant with its libvirt plugin is not installed: vagrant was not measured' >>"$BENCH_OUT/notes"
		return
	fi
	progress 'vagrant: coming up'
	row vagrant-first ms 'ratio 0.33' 'bothy sync (rsync), first 2,000 files, the tiny VM' 'vagrant rsync'
	row vagrant-nothing ms 'ratio 0.33' '  with nothing to do' 'vagrant rsync'
	if vagrant_begin; then
		rounds "$BENCH_ROUNDS" vagrant-first vagrant_ours_first vagrant_first
		rounds "$BENCH_ROUNDS" vagrant-nothing vagrant_ours_nothing vagrant_nothing
	else
		failure vagrant-first 'both machines'
	fi
	logged vagrant destroy -f
	rm -rf "$VAGRANT_HOME"
	remove_project
}
