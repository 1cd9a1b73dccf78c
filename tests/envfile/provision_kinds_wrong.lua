machine "a" {
	provision = {
		reboot,
		ansible "site.yml" {
			groups = { web = { "a", gap = "b" } },
			host_vars = { web = { x = function() end } },
			extra_vars = { x = 0 / 0 },
			on = "gest",
			become = "yes",
			tags = { {} },
		},
		ansible "site.yml" {
			extra_vars = {
				deep = { a = { b = { c = { d = { e = { f = { g = machine } } } } } } },
				zero = "a\0b",
			},
			retries = -1,
			timeout = "soon",
		},
		cloud_init { user_data = 7 },
	},
}
once_all_up { "x", ansible "site.yml" { limit = 5 }, machine }
once_all_up { web = shell "x" }
