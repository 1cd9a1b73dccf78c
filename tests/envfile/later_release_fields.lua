machine "web" {
	disks = {},
	folders = { ["."] = "/srv" },
	hooks = {},
}
