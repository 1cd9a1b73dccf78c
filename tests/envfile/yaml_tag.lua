local t = yaml "data/yaml_tag.yml"
