note(read "data\0/text")
