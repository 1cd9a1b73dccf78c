local t = { box = "b" }
t.ssh = t
t.depends_on = t
machine "a" (t)
