machine "web" {
	folders = {
		"./src",
		[true] = "/x",
		["./a"] = true,
		["./b"] = 7,
		["./c"] = { kind = "nfs", "/c" },
		["./d"] = { kind = "copy" },
		["./e"] = { "/e", to = "/e2" },
		["./f"] = {
			to = "/f",
			ownr = "me",
		},
		["./g"] = { "/g", "/g2" },
		["./h"] = "",
		[""] = "/i",
		["./j"] = { to = false },
		["./fine"] = "/fine",
		["./off"] = false,
	},
}
machine "db" { folders = "./src" }
