machine "a" { "debian/12" }
machine "b" { [true] = 1 }
machine "c" { box = "b", shell "true" }
machine "d" {
	box = "b",
	[3] = "x",
}
