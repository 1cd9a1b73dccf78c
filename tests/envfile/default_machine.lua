machine { box = "b" }
machine { hostname = 3 }
