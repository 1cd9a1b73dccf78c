local t = yaml "data/yaml_twice.yml"
