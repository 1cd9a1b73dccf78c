-- One playbook for all machines, by the Ansible of this host, when the last of them is up.

defaults {
	box       = "debian/12",
	-- what Ansible needs in a machine
	provision = { shell [[ command -v python3 || { apt-get update && apt-get install -y python3; } ]] { name = "python" } },
}

machine "db" {}

for i = 1, env_number("NODES", 2) do
	machine("web%d", i) { provider = "container", depends_on = { "db" } }
end

once_all_up {
	ansible "site.yml" {
		groups = {
			database     = { "db" },
			web          = { "web[1:9]" }, -- those of them that there are
			["web:vars"] = { port = 8080 },
		},
		extra_vars = { release = env("RELEASE", "main") },
		become     = true,
	},
}
