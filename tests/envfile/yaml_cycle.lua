local t = yaml "data/yaml_cycle.yml"
