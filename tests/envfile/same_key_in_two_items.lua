-- Both items have a key of the same name: the line must be that of the right one.
machine "web" {
	provision = {
		script "a.sh" {
			when = "once",
		},
		script "b.sh" {
			when = "oops",
		},
	},
	ssh = { user = "memory = 3" --[[ memory = ]] },
	--[==[
	memory = false,
	]==]
	post_up_message = [[
memory = false,
	]],
	container = { command = { "memory", "=" } },
	memory = false,
}
