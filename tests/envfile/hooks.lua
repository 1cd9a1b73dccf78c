-- Values in variables, long strings, conditions, and notes: those in a hook are not printed now.
local build = host [[
	make -C app
	make install
]]
local later = note "the app is up"
note "printed"
note("printed %d", 2)
defaults { hooks = { after_up = later, before_up = host "make" } }
machine "web" {
	hooks = {
		before_up = { build, nil, note "at last", host("true") },
		after_up = guest "systemctl restart app",
		before_provision = guest "true",
		after_provision = guest "true",
		before_reload = guest "true",
		after_reload = { guest "true", guest [[true]] },
		before_halt = guest "sync",
		after_halt = host "true",
		before_destroy = guest "true",
		after_destroy = {},
	},
}
machine "db" { memory = host.memory > 1 and 512 or 256, hooks = {} }
