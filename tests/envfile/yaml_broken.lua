local t = yaml "data/yaml_broken.yml"
