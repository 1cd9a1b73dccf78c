machine = 3
