machine "web" {
	cpus = ,
}
