-- A database in a system container and a web server in a VM, which waits for it and finds it by name.
-- The boxes are built from Debian packages by ./demo, or by boxes/build/ in the sources.

machine "db" {
	provider  = "container",
	box       = "boxes/debian-12-rootfs.tar.zst",
	memory    = "256M",
	provision = {
		shell [[ echo "hello from $(hostname)" > /srv/greeting ]],
	},
}

machine "web" {
	box        = "boxes/debian-12-vm.qcow2",
	memory     = "512M",
	depends_on = { "db" },
	provision  = {
		shell [[ ping -c 1 db ]] { name = "reach-db" },
	},
}
