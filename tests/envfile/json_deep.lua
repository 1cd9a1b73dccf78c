local t = json "data/deep.json"
