project "a"
project "b"
