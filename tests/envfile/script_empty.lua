machine "a" {
	provision = {
		script "",
	},
}
