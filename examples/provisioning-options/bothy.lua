-- What may be said of a provisioner beside what it does.

machine "app" {
	provider  = "container",
	box       = "../boxes/debian-12-rootfs.tar.zst",
	provision = {
		-- a list runs from its top; before and after move what says them
		script "app.sh" { name = "app", user = "dev", cwd = "/srv", after = "account" },
		-- "all" is everybody else
		shell [[ apt-get update || true ]] { before = "all", timeout = "5m", retries = 2 },
		-- all lines lose the blanks they have in common, so that "#!" is the first thing of the script
		shell [[
			#!/bin/sh
			id dev 2>/dev/null || useradd --create-home dev
		]] { name = "account" },
		-- as whoever logs in, not as root
		shell [[ id --user --name > "$HOME/whoami" ]] { privileged = false },
		-- shown nowhere: neither its text nor what it says
		shell [[ printf %s "$PASSWORD" > /root/password ]] {
			name = "password", sensitive = true, env = { PASSWORD = env("APP_PASSWORD", "changeme") },
		},
		-- only when it is asked for: bothy provision --with reset
		shell [[ rm -f /home/dev/settings ]] { name = "reset", when = "never" },
	},
}
