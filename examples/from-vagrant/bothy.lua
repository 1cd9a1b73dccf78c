-- What the Vagrantfile beside it says, in bothy's words.
local nodes = env_number("NODES", 2)

defaults {
	box       = "debian/12",
	memory    = "1G",
	cpus      = 2,
	folders   = { ["."] = "/vagrant" },       -- scripts look for the project there
	provision = { shell "apt-get install -y curl" { name = "tools" } },
}

machine "db" {
	ip        = "192.168.56.10",
	provision = { script "db.sh" { args = { "shop" }, env = { MODE = "dev" } } },
}

for i = 1, nodes do
	machine("web-%d", i) {
		primary    = i == 1,
		depends_on = { "db" },            -- new: "ping" below can rely on it
		ip         = "192.168.56." .. 20 + i,
		ports      = { { host = 8080, guest = 80, shift_if_taken = true } },
		folders    = { ["./src"] = { "/srv/app", kind = "rsync", exclude = { ".git/" } } },
		provision  = {
			upload "app.conf" "/tmp/app.conf",
			shell "ping -c 1 db" { name = "ping", when = "always" },
			shell "id -un" { name = "user", privileged = false },
		},
		hooks      = { after_up = { note("web-" .. i .. " serves"), guest "touch /run/served" } },
	}
end
