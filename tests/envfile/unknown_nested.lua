machine "web" {
	ssh = {
		usr = "dev",
	},
	kvm = { acel = "kvm" },
	provision = {
		shell [[ true ]],
		script "x.sh" {
			arg = { "1" },
		},
	},
}
