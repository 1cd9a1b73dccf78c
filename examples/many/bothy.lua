-- As many machines as the environment says: NODES=5 bothy up

local nodes = env_number("NODES", 3)

defaults { provider = "container", box = "../boxes/debian-12-rootfs.tar.zst", memory = "128M" }

machine "head" { primary = true }

for i = 1, nodes do
	machine("node-%02d", i) {
		depends_on = { "head" },
		provision  = { shell "ping -c 1 head" },
	}
end
