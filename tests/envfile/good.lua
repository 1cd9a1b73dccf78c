project "shop"
defaults { box = "base.qcow2", memory = "1G" }

machine "web" {
	provider = "container",
	cpus = 2.0,
	memory = 512,
	depends_on = "db",
	provision = {
		shell [[ echo hello ]],
		script "app.sh" { args = { "a", 8080 }, env = { MODE = "dev", N = 3 }, user = "dev" },
		upload "app.conf" "/etc/app.conf" { when = "always" },
		upload("a", "b"),
	},
	ssh = { port = 2222 },
	boot_timeout = "5m",
}
for i = 1, env_number("BOTHY_TEST_NUMBER") do
	machine("node-%02d", i) { cpus = math.min(2, i) }
end
