machine "a" {
	box = "",
	provider = "a\0b",
	post_up_message = "one\ntwo\tthree",
	ssh = { user = "\xff" },
	box_checksum = "a\27[31m",
}
