local data = include "data/machine.lua"
note("%s", data)
include "data/machine.lua"
