machine "web" {
	provision = {
		"apt-get update",
		{ shell = "x" },
		false,
		upload "a",
		7,
	},
}
machine "one" { provision = shell "true" }
machine "bad" { provision = "app.sh" }
