machine "web" {
	box = true,
	cpus = "two",
	memory = false,
	disk = {},
	hostname = 7,
	depends_on = true,
	provision = 5,
	primary = "yes",
	boot_timeout = {},
	ssh = "dev",
	kvm = { accel = 1 },
	container = { command = { {} } },
}
