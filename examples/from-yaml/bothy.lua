-- The machines stand in a YAML file, which other tools may read too.

for _, m in ipairs(yaml "machines.yaml") do
	machine(m.name) {
		provider   = "container",
		box        = "../boxes/debian-12-rootfs.tar.zst",
		memory     = m.memory,
		depends_on = m.after or {},
	}
end

if exists "local.lua" then
	include "local.lua"   -- what only this developer wants; not committed
end
