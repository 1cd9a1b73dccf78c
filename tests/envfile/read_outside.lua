local s = read "data/../../lib.sh"
