local function show(v)
	if type(v) ~= "table" then
		return math.type(v) == "integer" and ("%d"):format(v) or math.type(v) and ("%g"):format(v)
			or type(v) == "string" and ("%q"):format(v) or tostring(v)
	end
	local out = {}
	for k, x in pairs(v) do out[#out + 1] = tostring(k) .. "=" .. show(x) end
	return "{" .. table.concat(out, " ") .. "}"
end
for k, v in pairs(yaml "data/good.yml") do
	note("%s: %s", k, show(v))
end
note("%s", yaml "data/empty.yml")
