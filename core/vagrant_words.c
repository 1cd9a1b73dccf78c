/* SPDX-License-Identifier: Apache-2.0 */
/* One table. Words that the nearest known one explains well enough are not in it. */
#include "core/vagrant_words.h"

#include <stddef.h>
#include <string.h>

#include "core/mem.h"

#define MACHINE "machine"
#define LOGIN "ssh"
#define CARD "card"
#define PORT "port"
#define FOLDER "folder"
#define PROVISIONER "provisioner"
#define KIND "kind" /* of a folder, or of a network */

#define RUBY \
	"this is Lua and no Vagrantfile: machine \"web\" { box = \"debian/12\" }, see VAGRANT in 'man bothy'"
#define FOLDERS "here it is folders = { [\"./src\"] = \"/srv/app\" }"
#define PORTS "here it is ports = { [8080] = 80 }"
#define PRIVATE "here it is ip = \"192.168.56.10\", or networks = { host_only { } }"
#define PUBLIC "here it is networks = { bridged { dev = \"br0\" } }"
#define ENVIRONMENT "provisioners take it: shell [[ script ]] { env = { NAME = \"…\" } }"
#define HOOKS "here it is hooks = { before_up = …, after_up = … }"
#define RUN_IT "there is none for it: let shell or script run it in the machine"
#define OWN_KEY "leave it out: every machine is given a key of its own"
#define NOT_KEPT \
	"there is none yet: 'bothy halt' keeps the disks, 'bothy package' makes a box of a machine"
#define NO_WINDOWS "there is none: guests are reached by SSH"
#define NO_SERVICE "there is none: boxes come from servers of your own, by box_servers"
#define BEST_KIND "leave it out: the best kind that works is taken"
#define NOT_NEEDED "leave it out"

static const struct word {
	const char *place, *word, *hint;
} words[] = {
	{ VAGRANT_COMMAND, "global-status", "here it is 'bothy list'" },
	{ VAGRANT_COMMAND, "suspend", NOT_KEPT },
	{ VAGRANT_COMMAND, "resume", NOT_KEPT },
	{ VAGRANT_COMMAND, "snapshot", NOT_KEPT },
	{ VAGRANT_COMMAND, "rsync", "here it is 'bothy sync'" },
	{ VAGRANT_COMMAND, "rsync-auto", "here it is 'bothy sync --watch'" },
	{ VAGRANT_COMMAND, "list-commands", "here it is 'bothy help'" },
	{ VAGRANT_COMMAND, "plugin",
	  "there are none: hooks and provisioners are the place for more" },
	{ VAGRANT_COMMAND, "provider", "here it is 'bothy doctor'" },
	{ VAGRANT_COMMAND, "cloud", NO_SERVICE },
	{ VAGRANT_COMMAND, "login",
	  "'bothy ssh' logs in to a machine; tokens of servers stand in config.lua" },
	{ VAGRANT_COMMAND, "push", "there is none: a hook can run what deploys" },
	{ VAGRANT_COMMAND, "powershell", NO_WINDOWS },
	{ VAGRANT_COMMAND, "rdp", NO_WINDOWS },
	{ VAGRANT_COMMAND, "winrm", NO_WINDOWS },
	{ VAGRANT_COMMAND, "winrm-config", NO_WINDOWS },
	{ VAGRANT_COMMAND, "docker-exec", "here it is 'bothy exec MACHINE -- COMMAND'" },
	{ VAGRANT_COMMAND, "docker-run", "here it is 'bothy exec MACHINE -- COMMAND'" },
	{ VAGRANT_COMMAND, "docker-logs", "here it is 'bothy logs'" },
	{ VAGRANT_COMMAND, "box repackage",
	  "here it is 'bothy box pack', and 'bothy package' for a machine" },

	{ VAGRANT_OPTION, "parallel",
	  "leave it out: machines come up side by side, but for depends_on" },
	{ VAGRANT_OPTION, "no-parallel",
	  "leave it out: machines wait for those in their depends_on" },
	{ VAGRANT_OPTION, "destroy-on-error", "leave it out: what did not come up is removed" },
	{ VAGRANT_OPTION, "no-destroy-on-error", "here it is '--keep'" },
	{ VAGRANT_OPTION, "install-provider",
	  "leave it out: 'bothy doctor' tells what this host lacks" },
	{ VAGRANT_OPTION, "no-install-provider", "leave it out: nothing is installed" },
	{ VAGRANT_OPTION, "graceful", "'bothy halt' before it shuts machines down" },
	{ VAGRANT_OPTION, "ignore-provider", "leave it out: no engine is asked" },
	{ VAGRANT_OPTION, "prune", "leave it out: the engines are asked each time" },
	{ VAGRANT_OPTION, "machine-readable", "here it is '--json'" },
	{ VAGRANT_OPTION, "no-color", "here it is 'bothy --color=never'" },
	{ VAGRANT_OPTION, "no-tty", "here it is '--no-input'" },
	{ VAGRANT_OPTION, "debug", "here it is '--verbose'" },
	{ VAGRANT_OPTION, "box-info", "here it is 'bothy box info NAME'" },
	{ VAGRANT_OPTION, "box-version", "here it is box_version in the file" },
	{ VAGRANT_OPTION, "checksum-type", "here it is '--checksum=sha256:HEX'" },
	{ VAGRANT_OPTION, "clean", "leave it out: a download goes on where it broke off" },
	{ VAGRANT_OPTION, "all-providers", "here it is '--all'" },
	{ VAGRANT_OPTION, "all-architectures", "here it is '--all'" },
	{ VAGRANT_OPTION, "keep-active-boxes", "leave it out: boxes in use always stay" },

	{ VAGRANT_PROVIDER, "libvirt", "here it is 'kvm'" },
	{ VAGRANT_PROVIDER, "qemu", "here it is 'kvm'" },
	{ VAGRANT_PROVIDER, "virtualbox", "VMs are those of 'kvm'" },
	{ VAGRANT_PROVIDER, "vmware_desktop", "VMs are those of 'kvm'" },
	{ VAGRANT_PROVIDER, "parallels", "VMs are those of 'kvm'" },
	{ VAGRANT_PROVIDER, "hyperv", "VMs are those of 'kvm'" },
	{ VAGRANT_PROVIDER, "lxc", "here it is 'container'" },
	{ VAGRANT_PROVIDER, "docker", "system containers are those of 'container'" },

	{ KIND, "nfs", BEST_KIND },
	{ KIND, "smb", BEST_KIND },
	{ KIND, "sshfs", BEST_KIND },
	{ KIND, "virtualbox", BEST_KIND },
	{ KIND, "private_network", "here it is \"host_only\"" },
	{ KIND, "public_network", "here it is \"bridged\"" },

	{ VAGRANT_NAME, "Vagrant", RUBY },
	{ VAGRANT_NAME, "vagrant", RUBY },
	{ VAGRANT_NAME, "config", RUBY },
	{ VAGRANT_NAME, "ENV", "here it is env(\"NAME\", \"default\")" },
	{ VAGRANT_NAME, "File", "here it is exists \"file\" and read \"file\"" },
	{ VAGRANT_NAME, "Dir", "here it is glob \"pattern\"" },
	{ VAGRANT_NAME, "YAML", "here it is yaml \"file\"" },
	{ VAGRANT_NAME, "JSON", "here it is json \"file\"" },
	{ VAGRANT_NAME, "puts", "here it is note \"text\"" },
	{ VAGRANT_NAME, "info", "here it is note \"text\"" },
	{ VAGRANT_NAME, "warn", "here it is note \"text\"" },
	{ VAGRANT_NAME, "raise", "here it is fail \"why\"" },
	{ VAGRANT_NAME, "require_relative", "here it is include \"file.lua\"" },
	{ VAGRANT_NAME, "define", "here it is machine \"name\" { }" },
	{ VAGRANT_NAME, "synced_folder", FOLDERS },
	{ VAGRANT_NAME, "forwarded_port", PORTS },
	{ VAGRANT_NAME, "private_network", PRIVATE },
	{ VAGRANT_NAME, "public_network", PUBLIC },
	{ VAGRANT_NAME, "trigger", HOOKS },
	{ VAGRANT_NAME, "run", "here it is host \"command\"" },
	{ VAGRANT_NAME, "run_remote", "here it is guest \"command\"" },
	{ VAGRANT_NAME, "file", "here it is upload \"from\" \"to\"" },
	{ VAGRANT_NAME, "reload", "here it is reboot()" },
	{ VAGRANT_NAME, "ansible_local", "here it is ansible \"site.yml\" { on = \"guest\" }" },
	{ VAGRANT_NAME, "docker_compose", "here it is compose \"file\"" },
	{ VAGRANT_NAME, "docker", "there is compose \"file\"; for the rest let shell run docker" },
	{ VAGRANT_NAME, "podman", RUN_IT },
	{ VAGRANT_NAME, "salt", RUN_IT },
	{ VAGRANT_NAME, "puppet", RUN_IT },
	{ VAGRANT_NAME, "chef_solo", RUN_IT },
	{ VAGRANT_NAME, "chef_zero", RUN_IT },

	{ MACHINE, "vm", "leave it out: box, ip, ports, … are fields of the machine" },
	{ MACHINE, "config", "leave it out: box, ip, ports, … are fields of the machine" },
	{ MACHINE, "name", "the name stands before the fields: machine \"web\" { }" },
	{ MACHINE, "define", "here it is machine \"web\" { }" },
	{ MACHINE, "synced_folder", FOLDERS },
	{ MACHINE, "synced_folders", FOLDERS },
	{ MACHINE, "forwarded_port", PORTS },
	{ MACHINE, "forwarded_ports", PORTS },
	{ MACHINE, "private_network", PRIVATE },
	{ MACHINE, "public_network", PUBLIC },
	{ MACHINE, "shell", "here it is provision = { shell [[ script ]] }" },
	{ MACHINE, "trigger", HOOKS },
	{ MACHINE, "triggers", HOOKS },
	{ MACHINE, "cloud_init", "here it is provision = { cloud_init { user_data = … } }" },
	{ MACHINE, "box_check_update", "leave it out: 'bothy box outdated' looks for newer ones" },
	{ MACHINE, "box_download_checksum", "here it is box_checksum = \"sha256:HEX\"" },
	{ MACHINE, "box_download_checksum_type", "here it is box_checksum = \"sha256:HEX\"" },
	{ MACHINE, "box_download_insecure", "here it is insecure of a host in config.lua" },
	{ MACHINE, "box_server_url", "here it is box_servers in config.lua" },
	{ MACHINE, "graceful_halt_timeout", "here it is halt_timeout" },
	{ MACHINE, "communicator",
	  "leave it out: guests are reached by SSH, or not at all by guest = \"none\"" },
	{ MACHINE, "usable_port_range", "leave it out: shift_if_taken takes any that is free" },
	{ MACHINE, "gui", "leave it out: 'bothy console' is the machine's screen" },
	{ MACHINE, "customize", "there is none: what can be said of the machine are its fields" },
	{ MACHINE, "linked_clone", "leave it out: disks are laid over the box" },
	{ MACHINE, "driver", "here it is kvm = { accel = … }" },
	{ MACHINE, "machine_virtual_size", "here it is disk = \"40G\"" },
	{ MACHINE, "disksize", "here it is disk = \"40G\"" },
	{ MACHINE, "disks", "there is one disk only, and disk = \"40G\" is its size" },
	{ MACHINE, "storage", "there is one disk only, and disk = \"40G\" is its size" },
	{ MACHINE, "hostmanager",
	  "here it is hosts = { on_host = true }; machines know each other anyhow" },
	{ MACHINE, "plugins", "there are none: hooks and provisioners are the place for more" },
	{ MACHINE, "username", "here it is ssh = { user = … }" },
	{ MACHINE, "forward_agent", "here it is ssh = { forward_agent = true }" },
	{ MACHINE, "insert_key", OWN_KEY },
	{ MACHINE, "libvirt",
	  "here it is provider = \"kvm\"; memory, cpus, … are fields of the machine" },
	{ MACHINE, "virtualbox",
	  "here it is provider = \"kvm\"; memory, cpus, … are fields of the machine" },
	{ MACHINE, "lxc", "here it is provider = \"container\"" },
	{ MACHINE, "docker", "here it is provider = \"container\", with an init of its own" },

	/* Of Compose, and of those who try. */
	{ MACHINE, "image", "here it is box = \"debian/12\"" },
	{ MACHINE, "volumes", FOLDERS },
	{ MACHINE, "environment", ENVIRONMENT },
	{ MACHINE, "env", ENVIRONMENT },
	{ MACHINE, "command",
	  "here it is provision = { shell [[ script ]] }, or container = { command = … }" },
	{ MACHINE, "mem_limit", "here it is memory = \"1G\"" },
	{ MACHINE, "ssh_user", "here it is ssh = { user = … }" },

	{ LOGIN, "username", "here it is user" },
	{ LOGIN, "guest_port", "here it is port" },
	{ LOGIN, "proxy_command", "here it is jump = \"user@host\"" },
	{ LOGIN, "host", "leave it out: the address is known" },
	{ LOGIN, "insert_key", OWN_KEY },
	{ LOGIN, "private_key_path",
	  "leave it out: every machine is given a key of its own; password lets it in" },
	{ LOGIN, "key_type", OWN_KEY },
	{ LOGIN, "keys_only", OWN_KEY },
	{ LOGIN, "verify_host_key", "leave it out: host keys are always verified" },
	{ LOGIN, "shell", "leave it out: it is the user's login shell" },
	{ LOGIN, "pty", "here it is 'bothy ssh --tty'" },
	{ LOGIN, "keep_alive", NOT_NEEDED },
	{ LOGIN, "compression", NOT_NEEDED },
	{ LOGIN, "extra_args", "here it is 'bothy ssh -- WORDS'" },

	{ PORT, "auto_correct", "here it is shift_if_taken = true" },
	{ PORT, "host_ip", "here it is bind" },
	{ PORT, "guest_ip", "leave it out: it is the machine itself" },
	{ PORT, "id", NOT_NEEDED },
	{ PORT, "disabled", "leave the port out" },

	{ CARD, "type", "here it is dhcp = true" },
	{ CARD, "auto_config", "here it is configure = false" },
	{ CARD, "netmask", "here it is ip = \"10.9.0.5/24\"" },
	{ CARD, "bridge", "here it is dev" },
	{ CARD, "intnet", "here it is internal \"name\" { }" },
	{ CARD, "virtualbox__intnet", "here it is internal \"name\" { }" },
	{ CARD, "libvirt__network_name",
	  "here it is host_only \"name\" { }, or the name of a network" },
	{ CARD, "libvirt__forward_mode",
	  "here it is the word before the table: nat, host_only, internal, bridged" },
	{ CARD, "libvirt__dhcp_enabled", "here it is network \"name\" { kind = …, dhcp = false }" },
	{ CARD, "libvirt__ipv6_address", "here it is ipv6" },
	{ CARD, "nic_type", "leave it out: cards are virtio" },
	{ CARD, "adapter", "leave it out: cards come in the order of the list" },
	{ CARD, "hostname", "leave it out: names mean a machine on all its networks" },

	{ FOLDER, "type", "here it is kind" },
	{ FOLDER, "disabled", "here it is [\".\"] = false, without a table" },
	{ FOLDER, "id", NOT_NEEDED },
	{ FOLDER, "nfs", BEST_KIND },
	{ FOLDER, "nfs_udp", BEST_KIND },
	{ FOLDER, "nfs_version", BEST_KIND },
	{ FOLDER, "rsync__exclude", "here it is exclude" },
	{ FOLDER, "rsync__auto", "here it is 'bothy sync --watch'" },
	{ FOLDER, "rsync__chown", "here it is owner and group" },
	{ FOLDER, "rsync__args", NOT_NEEDED },

	{ PROVISIONER, "type", "here it is the word before: shell, script, upload, …" },
	{ PROVISIONER, "run", "here it is when = \"always\"" },
	{ PROVISIONER, "inline", "here it is shell [[ script ]]" },
	{ PROVISIONER, "path", "here it is script \"path\"" },
	{ PROVISIONER, "source", "here it is upload \"from\" \"to\"" },
	{ PROVISIONER, "destination", "here it is upload \"from\" \"to\"" },
	{ PROVISIONER, "playbook", "here it is ansible \"site.yml\"" },
	{ PROVISIONER, "reboot", "here it is reboot() behind it" },
	{ PROVISIONER, "reset", "leave it out: groups given to who logs in count at once" },
	{ PROVISIONER, "keep_color", NOT_NEEDED },
	{ PROVISIONER, "upload_path", NOT_NEEDED },
	{ PROVISIONER, "binary", NOT_NEEDED },
	{ PROVISIONER, "preserve_order",
	  "leave it out: before and after move only what says them" },
	{ PROVISIONER, "md5", "here it is sha256" },
	{ PROVISIONER, "sha1", "here it is sha256" },
	{ PROVISIONER, "sha512", "here it is sha256" },
	{ PROVISIONER, "raw_arguments", "here it is args" },
	{ PROVISIONER, "sudo", "here it is become = true" },
	{ PROVISIONER, "config_file", "here it is env = { ANSIBLE_CONFIG = … }" },
	{ PROVISIONER, "compatibility_mode", NOT_NEEDED },
	{ PROVISIONER, "host_key_checking", "leave it out: the host keys are known" },
	{ PROVISIONER, "install", "let a shell provisioner before it install Ansible" },
	{ PROVISIONER, "install_mode", "let a shell provisioner before it install Ansible" },
	{ PROVISIONER, "pip_install_cmd", "let a shell provisioner before it install Ansible" },
};

const char *vagrant_hint(const char *place, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].place, place) == 0 && strcmp(words[i].word, word) == 0)
			return words[i].hint;
	}
	return NULL;
}
