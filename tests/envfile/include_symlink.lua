include "data/outside.lua"
