for i = 1, 100 do
	pcall(include, "data/fails.lua")
end
note "still here"
