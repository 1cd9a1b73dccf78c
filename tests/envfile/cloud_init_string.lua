machine "a" { provision = cloud_init "x.yml" }
