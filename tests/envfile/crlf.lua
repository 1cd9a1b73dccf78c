machine "a" {
	box = "b",
	cpus = "x",
}
