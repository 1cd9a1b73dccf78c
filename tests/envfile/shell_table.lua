machine "a" { provision = { shell { "true" } } }
