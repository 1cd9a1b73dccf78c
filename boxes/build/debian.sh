# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the boxes of Debian and its like have in common: install a minimal system, then take out what must differ between
# two machines.

DEBIAN_HERE=${BASH_SOURCE[0]%/*}

# Whoever ends us ends what we run as well. With a trap bash waits for that, so that mounts are gone before the trap on
# EXIT removes what was below them.
trap 'exit 143' TERM
trap 'exit 129' HUP

# Sets what the table says of a name ("debian/12") or suite ("bookworm"): $debian_name, $debian_suite, …
debian_choose() # NAME
{
	local row
	row=$(awk -v name="$1" '!/^#/ && ($1 == name || $2 == name) { print; exit }' "$DEBIAN_HERE"/suites)
	[ -n "$row" ] || {
		echo "error: there is no recipe for '$1': known are $(awk '!/^#/ { printf sep $1; sep = ", " }' "$DEBIAN_HERE"/suites)" >&2
		exit 64
	}
	# shellcheck disable=SC2034 # not every script needs all of it
	read -r debian_name debian_suite debian_also debian_archive debian_components debian_keyring debian_kernel \
		debian_initrd debian_extra debian_keys <<<"$row"
	debian_kernel=${debian_kernel//ARCH/$(dpkg --print-architecture)}
}

# The command line that all scripts share, into $debian_mirror, $debian_print, $debian_stock, $debian_out and what the
# table says.
debian_arguments() # [--cloud-init] [--mirror URL] [--print] NAME OUT
{
	debian_mirror='' debian_print='' debian_stock=''
	while [ $# -gt 2 ]; do
		case $1 in
		--cloud-init) debian_stock=yes ;;
		--mirror) debian_mirror=$2 && shift ;;
		--print) debian_print=yes ;;
		*) return 1 ;;
		esac
		shift
	done
	[ $# -eq 2 ] || return 1
	# shellcheck disable=SC2034 # for the scripts
	debian_out=$2
	debian_choose "$1"
	# shellcheck disable=SC2034
	[ -z "$debian_stock" ] || debian_keys=cloud-init
}

# The machine's own package sources of a suite, so that a box is built from the mirror that is known to work here.
# Nothing is printed if it has none.
debian_sources() # SUITE
{
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' |
		sed -n "s/^Packages Debian \(deb [^ ]* $1\(-updates\|-security\)\? main\)$/\1/p" | sort -u
}

# Else, or from the mirror that was asked for, those of the table.
debian_table_sources() # [MIRROR]
{
	local signed=/usr/share/keyrings/$debian_keyring.gpg suffix archive=${1:-$debian_archive}
	for suffix in '' ${debian_also//,/ }; do
		[ "$suffix" != - ] || continue
		echo "deb [signed-by=$signed] $archive $debian_suite$suffix ${debian_components//,/ }"
	done
	# Debian's has an archive of its own, which a mirror need not have.
	case ${1:-$debian_name} in
	debian/[0-9]*) echo "deb [signed-by=$signed] http://deb.debian.org/debian-security $debian_suite-security main" ;;
	esac
}

# Installs the packages and those that the table adds; $debian_options are more of mmdebstrap's. With $debian_print set
# it only says what it would run.
debian_options=()
debian_install() # DIRECTORY PACKAGE...
{
	local root=$1 sources=() command # the log is beside the root
	shift
	[ -n "${debian_mirror:-}${debian_print:-}" ] || mapfile -t sources < <(debian_sources "$debian_suite")
	[ ${#sources[@]} -gt 0 ] || mapfile -t sources < <(debian_table_sources "${debian_mirror:-}")
	command=(mmdebstrap --verbose --mode=root --format=directory --variant=minbase --include="$*"
		--aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright'
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*'
		--dpkgopt='path-exclude=/usr/share/info/*'
		"${debian_options[@]}"
		"$debian_suite" "$root" "${sources[@]}")
	if [ -n "${debian_print:-}" ]; then
		printf '%q ' "${command[@]}"
		echo
		exit 0
	fi
	echo "installing $debian_name ..." >&2
	# All that apt and dpkg say is only of use where they fail.
	"${command[@]}" >"$root".log 2>&1 || {
		tail -n 40 "$root".log >&2
		echo "error: cannot install the packages of $debian_name" >&2
		exit 1
	}
	# The options above are for the build: what a user installs later is installed in full and safely.
	rm -f "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
}

debian_mask() # DIRECTORY UNIT...
{
	local root=$1 unit
	shift
	for unit; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
}

# Identity comes from outside before the first boot.
debian_depersonalize() # DIRECTORY
{
	local root=$1
	rm -f "$root"/etc/ssh/ssh_host_*_key{,.pub} "$root"/var/lib/dbus/machine-id
	# Empty, not absent: an absent one is a first boot to systemd, which then applies all presets.
	: >"$root"/etc/machine-id
	echo "${debian_name%%/*}" >"$root"/etc/hostname
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost ip6-localhost ip6-loopback' >"$root"/etc/hosts
	# Two machines must not update their package lists in the middle of somebody's work.
	debian_mask "$root" apt-daily.timer apt-daily-upgrade.timer
}

# A machine that gets no host key makes one.
debian_host_key() # DIRECTORY
{
	local units=$1/etc/systemd/system
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
}
