network "lan" { kind = "nat", subnet = "10.20.0.0/24", dhcp = { from = "10.20.0.100", to = "10.20.0.200" } }
network("rack-%d", 1) { kind = "bridged", dev = { "br0", "eth0" }, mtu = 9000 }
local backend = internal "backend"

defaults { networks = { "lan" } }
machine "web" {
	management = false,
	ip = "192.168.56.10",
	networks = {
		host_only { ip = "192.168.57.10", dns = { "10.0.0.1" } },
		backend { ip = "10.9.0.5/24" }, backend { mac = "52:54:00:00:00:01" },
		nat_network "shared" {},
		nat {},
		false and nat {} or nil,
		bridged { dev = "br0" },
		{ name = "rack-1", configure = false },
	},
	ports = {
		[8080] = 80,
		["9000-9010"] = "9000-9010",
		{ host = 5353, guest = 53, protocol = "udp", bind = "0.0.0.0", shift_if_taken = true },
	},
	hosts = { aliases = "www", on_host = true },
}
machine "db" { networks = internal "backend" }
note(tostring(backend))
