machine "a" {
	provision = { shell "x" { user = "a" } { user = "b" } },
}
