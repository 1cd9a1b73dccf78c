local x = env "BOTHY_TEST_UNSET"
