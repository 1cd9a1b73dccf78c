local n = 3
assert(n == 4, "n is not four")
