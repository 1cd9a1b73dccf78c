once_all_up "x"
