local t = os.getenv("HOME")
