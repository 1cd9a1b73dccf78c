machine "web" {
	disks = {},
	snapshots = {},
}
