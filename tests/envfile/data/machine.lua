machine "inner" {
	cpus = "x",
}
return "value"
