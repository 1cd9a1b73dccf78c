machine "a" { provision = ansible "" }
