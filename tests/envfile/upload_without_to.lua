machine "a" { provision = {
	upload "a" { user = "x" },
} }
