note(read "data")
