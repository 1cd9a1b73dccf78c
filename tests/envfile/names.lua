machine "Web" {}
machine "a_b" {}
machine "-a" {}
machine "" {}
machine "n\xc3\xbc" {}
machine "\xff" {}
machine(("a"):rep(64)) {}
machine "ok" { hostname = "a.b" }
machine "ok2" { hostname = "n\0x" }
