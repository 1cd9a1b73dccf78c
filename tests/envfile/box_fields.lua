defaults { box_url = "https://boxes.example.org/catalog.json" }
machine "a" {
	box = "debian/12",
	box_version = ">= 12.1, < 13",
	box_url = { "./catalog.json", "https://mirror.example.org/d.json" },
	box_architecture = "arm64",
}
machine "b" { box = "debian/12", box_version = 12 }
machine "c" {
	box = "debian/12",
	box_version = "",
	box_url = {
		"https://a.example.org",
		true,
	},
	box_architecture = {},
}
machine "d" { box = "debian/12", box_url = 7, box_urls = "x" }
machine "e" { box = "debian/12", box_arch = "amd64" }
machine "f" { box = "debian/12", box_url = { at = "x" } }
