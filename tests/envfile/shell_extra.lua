machine "a" { provision = { shell("a", "b") } }
