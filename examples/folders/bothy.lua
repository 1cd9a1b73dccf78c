-- One directory in two machines: what is saved here is served there.

defaults {
	box     = "../boxes/debian-12-rootfs.tar.zst",
	memory  = "128M",
	folders = { ["."] = false, ["./site"] = { "/srv/site", read_only = true } },
}

machine "web" { provider = "container" }

machine "editor" {
	provider = "container",
	folders  = {
		["./site"] = "/srv/site",                                     -- this one may write
		["./data"] = { "/srv/data", kind = "copy", create = true },  -- its own, brought anew by each up
	},
}
