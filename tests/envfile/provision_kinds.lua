local base = shell [[ true ]]
machine "web" {
	provision = {
		base { cwd = "/srv", privileged = false, timeout = "5m", retries = 2, before = "all" },
		script "https://example.org/x.sh" { sha256 = "x" },
		upload "a" "b" { sensitive = true },
		ansible "site.yml" {
			on = "guest",
			groups = { web = { "web" }, ["web:vars"] = { port = 80 } },
			host_vars = { web = { list = { 1, 2.5, true, "x" }, empty = {} } },
			extra_vars = "@vars.yml",
			tags = { "a", "b" },
			become = true,
			args = "--diff",
		},
		compose "compose.yml" { project = "shop", env = { A = 1 } },
		reboot(),
		reboot { timeout = 60 },
		reboot() { name = "again" },
		cloud_init { user_data = "#cloud-config\n" },
	},
}
once_all_up { ansible "site.yml", shell "x" { machine = "web" } }
once_all_up {}
