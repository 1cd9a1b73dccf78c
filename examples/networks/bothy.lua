-- Who may talk to whom is a matter of cards.

network "front" { kind = "nat", subnet = "10.88.0.0/24", domain = "front.test" }

local backend = internal "backend"      -- a card kept in a variable; its options may follow where it is used

defaults { provider = "container", box = "../boxes/debian-12-rootfs.tar.zst", memory = "128M" }

machine "db" { networks = { backend { ip = "10.9.0.5/24" } } }

machine "app" {
	networks = { "front", backend },
	hosts    = { aliases = { "api" } },
}

machine "proxy" {
	networks = { "front", host_only { ip = "192.168.56.10" } },
	ports    = { [8080] = 80, { host = 5353, guest = 53, protocol = "udp", shift_if_taken = true } },
}
