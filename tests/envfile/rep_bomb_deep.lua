local function f()
	return 1
end

local s = ("x"):rep(f() * 1e9)
