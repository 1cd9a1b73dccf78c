local base = script "base.sh"
machine "web" {
	provision = {
		base { when = "never" },
		base {
			name = "",
			when = "nver",
		},
		script "a.sh" { args = "one" },
		script "a.sh" { args = 5 },
		shell [[
			true
		]] {
			env = { ["A B"] = 1, C = {}, "x" },
			user = 0,
		},
		upload "from" "to" {
			whn = "once",
		},
	},
}
