local t = yaml "data/yaml_bomb.yml"
