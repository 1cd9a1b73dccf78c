include "data/broken.lua"
