machine "a" { provision = cloud_init() }
