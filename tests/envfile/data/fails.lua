-- one
fail "inside"
