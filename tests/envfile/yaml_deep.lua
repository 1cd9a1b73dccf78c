local t = yaml "data/yaml_deep.yml"
