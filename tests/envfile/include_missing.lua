include "data/none.lua"
