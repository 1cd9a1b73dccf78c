machine()
