local t = json "data/broken.json"
