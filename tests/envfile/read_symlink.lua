note(read "data/outside.lua")
