local function each(f) return f end
machine "web" {
	post_up_message = (function() for i = 1, 2 do if i == 1 then return "a", "b" end end end)(),
	["cpus"] = "many",
	memory = #"x" + ("y"):rep(2):len(),
	ssh = ({
		port = "high",
	}),
}
machine("two") ({
	cpus = "x",
})
local t = { cpus = "far" }
machine "three" (t)
machine "four" { cpus = "x" } machine "five" {
	cpus = "x" }
