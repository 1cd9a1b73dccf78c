machine "web" {
	box = "b",
	memroy = 512,
	zzz = 1,
}
