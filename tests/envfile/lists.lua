local gui = false
machine "a" { depends_on = { "b", nil, "c" } }
machine "b" { depends_on = { x = "y" } }
machine "c" {
	depends_on = {
		"x",
		true,
	},
}
machine "d" { depends_on = { [1] = "a", [1000000] = "b" } }
machine "e" { depends_on = {} }
machine "f" { depends_on = { [0] = "a" } }
machine "g" { container = { command = { "a", 1, 1.5 } } }
machine "h" { provision = { gui and shell "x" or nil, shell "y" } }
