include "data/fails.lua"
