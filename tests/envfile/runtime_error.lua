local t

note(t.x)
