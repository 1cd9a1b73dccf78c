-- one
-- two
local = 3
