defaults "x"
