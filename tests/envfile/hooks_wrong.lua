local late = guest "true"
machine "web" {
	hooks = {
		before_up = "make",
		after_upp = host "make",
		sometimes = host "make",
		after_up = { host "a",
			"b",
			false,
			7 },
		after_halt = late,
		before_halt = {
			after = "x" },
		after_destroy = { note "x",
			guest "true" },
		host "make",
	},
}
machine "db" { hooks = host "make" }
machine "x" { hooks = "make" }
machine "y" { hooks = { before_up = guest "true", after_up = shell "true" } }
machine "z" { host "make" }
