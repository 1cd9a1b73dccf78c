machine "web" {
	box = "b"
