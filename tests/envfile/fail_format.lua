fail("only %d of %s", 2, "three")
