machine "web" {
	cpus = 0,
	memory = 1,
	disk = "999999T",
	boot_timeout = 0,
	halt_timeout = "2000h",
	ssh = { port = 65536 },
}
machine "huge" { cpus = math.maxinteger, memory = math.mininteger }
