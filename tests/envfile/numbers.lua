machine "a" { cpus = 2.0, memory = 1024.0 }
machine "b" { cpus = 2.5 }
machine "c" { cpus = 0/0, memory = 1/0 }
machine "d" { cpus = -1/0, memory = -5 }
machine "e" { cpus = 1e300, memory = 0.5 }
machine "f" { memory = "-1G", disk = "2 apples" }
machine "g" { memory = "2g", disk = "1.5 GB" }
machine "h" { cpus = "2", memory = "1024", ssh = { port = "22" }, boot_timeout = "90", ports = { [8080] = "80" } }
machine "i" { cpus = "0x2" }
machine "j" { cpus = " 2" }
machine "k" { cpus = "" }
machine "l" { cpus = "2G" }
machine "m" { cpus = "0" }
machine "n" { cpus = "99999999999999999999" }
