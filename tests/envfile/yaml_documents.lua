local t = yaml "data/yaml_documents.yml"
