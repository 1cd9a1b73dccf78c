-- What is wrong with the words themselves, each as the error that pcall catches.
local function try(f, ...) local _, why = pcall(f, ...) note(why) end
try(host, "")
try(guest, " \n")
try(host, { "make" })
try(guest)
try(host, "a", "b")
try(host, 7)
try(host, "a\0b")
try(function() return guest "a" "b" end)
note(tostring(guest "a"), tostring(host))
note("%s %s", host.os, guest "x")
machine { box = "b" }
