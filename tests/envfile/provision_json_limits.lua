local deep, wide = {}, {}
for i = 1, 20 do deep = { x = deep } end
for i = 1, 1000 do wide[i] = i end
for level = 1, 3 do
	local wider = {}
	for i = 1, 1000 do wider[i] = wide end
	wide = wider
end
local self = {}
self.self = self
machine "a" {
	provision = {
		ansible "a" { groups = deep },
		ansible "a" { groups = wide },
		ansible "a" { groups = self },
		ansible "a" { groups = { x = ("x"):rep(5 << 20) } },
		ansible "a" { groups = { [1 << 40] = "x" } },
		ansible "a" { groups = { "\xff" } },
	},
}
