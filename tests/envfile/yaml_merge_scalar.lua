local t = yaml "data/yaml_merge_scalar.yml"
