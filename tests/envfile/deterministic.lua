local t = { 10, 20, z = 1, a = 2, m = 3, [2.5] = 4, [-1] = 5, [true] = 6 }
local out = {}
for k, v in pairs(t) do out[#out + 1] = tostring(k) .. "=" .. v end
note("%s", table.concat(out, " "))
local k, n = nil, {}
repeat
	k = next(t, k)
	n[#n + 1] = tostring(k)
until k == nil
note("%s", table.concat(n, " "))
note("%s %s %s", {}, tostring(next), shell "x")
note("%s", select(2, pcall(string.format, "%p", t)))
note("%5.1f%%", 99.5)
for k in pairs(t) do t[k] = nil end
note("%s", next(t))
