network "lan" {
	kind = "natt",
	subnt = "10.20.0.0/24",
	dhcp = { form = "10.20.0.100" },
	mtu = 10,
}
network "lan2"
network "lan3" { dhcp = "yes" }
machine "web" {
	ip = 10,
	management = "no",
	networks = {
		nat,
		false,
		host_only {
			ipp = "192.168.57.10",
			dhcp = "yes",
		},
		internal "x" {
			name = "y",
		},
		nat {
			dev = "eth0",
		},
		bridged {},
		{ ip = "10.0.0.1" },
		{ name = "x", dev = "eth0" },
		"",
		shell "x",
	},
	hosts = { alias = { "www" }, on_host = 1 },
}
machine "db" {
	networks = { name = "lan" },
	provision = { internal "x" },
	nat {},
}
