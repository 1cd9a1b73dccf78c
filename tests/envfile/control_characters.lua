note("a\27[31mb\7\xff")
fail("a\27[31mb\xc3")
