machine "a" { provision = reboot "now" }
