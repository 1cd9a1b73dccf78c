machine "web"
machine "db" { box = "b" }
local later = machine "later"
