local x
machin "web" {}
