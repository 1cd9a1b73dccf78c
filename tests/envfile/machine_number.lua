machine(7)
