machine "web" {
	ports = {
		80,
		[8080] = 0,
		[70000] = 80,
		["9010-9000"] = 80,
		["x"] = 1,
		[true] = 1,
		[8081] = "80-",
		[8082] = { guest = 80 },
		{ host = 53, guest = 53, protocl = "udp" },
		{ host = 53, guest = 53, protocol = "sctp" },
		{ host = "1-65536", bind = 1 },
		[8083] = false,
	},
}
machine "db" { ports = 80 }
