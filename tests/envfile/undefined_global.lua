machine "web" {
	cpus = ncpus,
}
