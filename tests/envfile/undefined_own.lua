nodes = 3
machine("a%d", node) {}
