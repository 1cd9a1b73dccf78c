# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the Debian boxes have in common: install a minimal Debian, then take out what must differ between two machines.

# The machine's own package sources of a suite, so that a box is built from the mirror that is known to work here.
# Nothing is printed for another suite: mmdebstrap then takes Debian's default.
debian_sources() # SUITE
{
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' |
		sed -n "s/^Packages Debian \(deb [^ ]* $1\(-updates\|-security\)\? main\)$/\1/p" | sort -u
}

debian_install() # SUITE DIRECTORY PACKAGE...
{
	local suite=$1 root=$2 sources
	shift 2
	mapfile -t sources < <(debian_sources "$suite")
	mmdebstrap --quiet --mode=root --format=directory --variant=minbase --include="$*" \
		--aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		"$suite" "$root" "${sources[@]}" >&2
	# The options above are for the build: what a user installs later is installed in full and safely.
	rm -f "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
}

debian_mask() # DIRECTORY UNIT...
{
	local root=$1 unit
	shift
	for unit; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
}

# Identity comes from outside before the first boot. A machine that gets no host key makes one.
debian_depersonalize() # DIRECTORY
{
	local root=$1 units=$1/etc/systemd/system
	rm -f "$root"/etc/ssh/ssh_host_*_key{,.pub} "$root"/var/lib/dbus/machine-id
	# Empty, not absent: an absent one is a first boot to systemd, which then applies all presets.
	: >"$root"/etc/machine-id
	echo debian >"$root"/etc/hostname
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost ip6-localhost ip6-loopback' >"$root"/etc/hosts
	mkdir -p "$units"/ssh.service.wants
	cat >"$units"/ssh-host-key.service <<-'END'
		[Unit]
		Description=SSH host key of a machine that was given none
		ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
		Before=ssh.service

		[Service]
		Type=oneshot
		ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
	END
	ln -sf ../ssh-host-key.service "$units"/ssh.service.wants/
	# Two machines must not update their package lists in the middle of somebody's work.
	debian_mask "$root" apt-daily.timer apt-daily-upgrade.timer
}
