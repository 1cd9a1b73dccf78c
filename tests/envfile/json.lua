local t = json "data/good.json"
note("%s %s %s %s", t.name, t.n, t.f, t.list[2].deep)
note("%s %d", t.null, #t.list)
