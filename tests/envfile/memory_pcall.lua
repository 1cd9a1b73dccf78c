local ok = pcall(function() return ("x"):rep(1 << 40) end)
note("survived: %s", ok)
local big = ("x"):rep(1 << 30)
