-- What is done around the work on a machine, on this host and in the guest.

machine "web" {
	provider = "container",
	box      = "../boxes/debian-12-rootfs.tar.zst",
	hooks    = {
		-- on this host, in this directory: nothing of it runs before `bothy trust`
		before_up      = host "date > built-at",
		-- in the guest, as root; then a word to the user
		after_up       = { guest "uname -r > /run/kernel", note "web is up: bothy ssh web" },
		-- while the guest is still there
		before_destroy = guest "sync",
		after_destroy  = host "rm -f built-at",
	},
}
