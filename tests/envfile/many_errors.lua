defaults { memory = "lots", colour = "red" }
defaults { cpus = -1 }
project ""
machine "a" { box = 1, cpus = {} }
machine "b" {
	depends_on = { 1.5 },
	provision = { shell "x" { usr = "y" }, "z" },
}
fail "stopped here"
