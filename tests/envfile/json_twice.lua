local t = json "data/twice.json"
