-- A playbook over all machines, played when the last of them is up.

defaults { box = "../boxes/debian-12-rootfs.tar.zst", provider = "container" }

machine "db" {}
machine "web-1" { depends_on = { "db" } }
machine "web-2" { depends_on = { "db" } }

once_all_up {
	ansible "site.yml" {
		groups = {
			web               = { "web-1", "web-2" },
			database          = { "db" },
			["web:vars"]      = { port = 8080 },
			["site:children"] = { "web", "database" },
		},
		host_vars  = { ["web-1"] = { greeting = "the first" } },
		extra_vars = { environment_name = "dev" },
	},
	-- in one of them, when the playbook has been played
	shell [[ test -e /etc/greeting ]] { name = "check", machine = "web-1" },
}
