machine "a" { provision = compose { "a" } }
