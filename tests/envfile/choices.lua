machine "web" {
	kvm = { accel = "xen" },
	provision = {
		shell "true" { when = "sometimes" },
		shell "true" { when = true },
	},
}
