-- Everything that can be done to a machine once it can be logged into.

machine "app" {
	provider  = "container",
	box       = "../boxes/debian-12-rootfs.tar.zst",
	provision = {
		-- by root, once; a change of its text makes it due again
		shell [[ useradd --create-home dev ]] { name = "user" },
		-- a script with its own "#!" line, as another user, with arguments and environment
		script "setup.sh" { user = "dev", args = { "8080" }, env = { MODE = "development" } },
		-- a file of the project
		upload "app.conf" "/etc/app.conf",
		-- at every up
		shell [[ date > /run/last-up ]] { when = "always" },
	},
}
