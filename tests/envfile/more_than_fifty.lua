for i = 1, 60 do
	machine("m%d", i) { cpus = "x" }
end
