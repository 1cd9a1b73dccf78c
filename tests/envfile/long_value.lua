machine "a" { cpus = ("ä"):rep(100), kvm = { accel = ("x"):rep(59) .. "ä" } }
