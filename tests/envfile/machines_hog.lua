local s = ("x"):rep(1 << 20)
for i = 1, 100 do
	machine("m%d", i) { post_up_message = s }
end
