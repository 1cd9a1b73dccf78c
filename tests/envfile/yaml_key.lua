local t = yaml "data/yaml_key.yml"
