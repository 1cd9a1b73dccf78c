machine "web" {
	image = "nginx",
	ports = { "8080:80", "80", "127.0.0.1:8080:80", "8080:80/udp" },
	volumes = { "./src:/srv" },
	environment = { A = 1 },
	env = {},
	command = "sleep 9",
	mem_limit = "1g",
	ssh_user = "dev",
}
