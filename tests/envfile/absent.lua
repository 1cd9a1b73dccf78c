-- Every name that would reach the host or make two runs differ.
for _, name in ipairs { "os", "io", "debug", "package", "load", "loadfile", "loadstring", "dofile", "require",
	"coroutine", "print", "collectgarbage", "getmetatable", "setmetatable", "rawset", "rawget", "rawequal",
	"_G", "xpcall", "warn" } do
	local ok = pcall(function() return _ENV[name] end)
	if ok then note("there is %s", name) end
end
note("%s %s %s", tostring(string.dump), tostring(math.random), tostring(math.randomseed))
note("%s", tostring(("").dump))
