local x = 1
machine "a" { provision = { shell(x) } }
