#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy box build: what it makes of packages is in the store or in a file; what cannot be built is told, and leaves
# nothing. Its boxes become machines in debian.t, to which they come from that command itself (tests/boxes/build): here
# is no network to get packages by.
. "${0%/*}/live.sh" debian-rootfs

NAME=build project ''
before=$(host_state)

# --- into the store --------------------------------------------------------------------------

# Packages "are installed" by unpacking what they were before. What it does after that is told by a file.
mkdir "$TEST_TMP"/{bin,scratch}
export PATH=$TEST_TMP/bin:$PATH TMPDIR=$TEST_TMP/scratch
cat >"$TEST_TMP/bin/mmdebstrap" <<END
#!/bin/bash
until [[ \$1 == bookworm ]]; do shift; done
mkdir -p "\$2" && tar -C "\$2" -xf '$(box debian-rootfs)' && . '$TEST_TMP/then'
END
chmod 755 "$TEST_TMP/bin/mmdebstrap"
after() { echo "$1" >"$TEST_TMP/then"; }
left_over() { find "$TMPDIR" "$TEST_TMP/out" /var/lib/bothy/tmp -mindepth 1 2>/dev/null; pgrep -x mmdebstrap; }
mkdir "$TEST_TMP/out.d" && cd "$TEST_TMP/out.d" || exit 1

after true
exits 0 'box build without a file' bothy box build debian/12 --provider container
like "$out" "added 'debian/12' $(date -u +%Y%m%d) \(container, amd64\)" 'adds the box by its name, with the day as its version'
is "$(bothy box list --json | jq -c '.[] | [.name, .provider]')" '["debian/12","container"]' 'and it is there'
is "$(left_over)" '' 'and nothing else'
exits 1 'once more' bothy box build debian/12 --provider container
like "$err" '--force' 'it is not replaced unasked'
exits 0 'with --force' bothy box build debian/12 --provider container --force
exits 0 'it is' bothy box remove debian/12

# --- what goes wrong -------------------------------------------------------------------------

# refused STATUS REGEX DESCRIPTION WORDS…: says that, once, and leaves nothing.
refused() {
	exits "$1" "$3" bothy box build "${@:4}"
	like "$err" "$2" '  says why'
	is "$(grep -c '^error: ' <<<"$err")" 1 '  once'
	is "$(left_over)" '' '  and leaves nothing'
}

refused 64 "error: cannot build box 'gentoo/1': there is no recipe for 'gentoo/1': known are debian/11, .*26.04$" \
	'an unknown distribution' gentoo/1
refused 64 "no recipe for '--print'" 'one that looks like an option' -- --print
refused 64 "'box' is no URL of a mirror$" 'a mirror that is none' --mirror box debian/12
mount -t tmpfs none /usr/lib/grub
refused 1 "error: cannot build box 'debian/12': packages are missing: grub-pc-bin"$'\nhint: apt-get install grub-pc-bin$' \
	'a tool that is missing' debian/12
exits 1 'with --json' bothy box build --json debian/12
is "$(json '[.error.kind, .error.hint]')" '["box","apt-get install grub-pc-bin"]' 'the hint has its place'
umount /usr/lib/grub

echo mine >taken && mkdir folder
refused 1 "'taken' exists already.*--force" 'a file that exists' --output taken debian/12
refused 64 "'folder' is a directory" 'a folder in its place' --force --output folder debian/12
refused 1 "cannot write 'none/box': no such file" 'a folder that does not exist' --output none/box debian/12
after 'echo "E: no such package"; exit 1'
refused 1 "error: cannot build box 'debian/12': cannot install the packages of debian/12$" \
	'packages that cannot be installed' --provider container --force --output taken debian/12
like "$out" $'\nE: no such package$' '  after what the installer says'
after 'sleep infinity'
in_background "$BOTHY" box build --provider container --force --output taken debian/12
ok 'in the midst of it' wait_until 60 pgrep -f -x 'sleep infinity'
kill -INT "$job"
ends 130 'Ctrl-C ends it'
like "$out" "error: cannot build box 'debian/12': .*interrupted$" 'which says so'
is "$(left_over; pgrep -f -x 'sleep infinity')" '' 'with all that it had begun'
is "$(find . | sort | xargs) $(<taken)" '. ./folder ./taken mine' 'and every file is as it was'
after true
exits 0 'with --force' bothy box build --provider container --force --output taken debian/12
ok 'a box that is whole takes its place' tar -tf taken ./etc/os-release
is "$(left_over; find . | sort | xargs)" '. ./folder ./taken' 'and nothing is beside it'
is "$(host_state | grep -v ^file)" "$(grep -v ^file <<<"$before")" 'nothing stays'
done_testing
