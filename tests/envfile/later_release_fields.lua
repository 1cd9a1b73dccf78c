machine "web" {
	ip = "10.0.0.2",
	ports = { [8080] = 80 },
	networks = {},
}
network "lan" {}
