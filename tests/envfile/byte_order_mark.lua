machine "a" { cpus = "x" }
