include "include_self.lua"
