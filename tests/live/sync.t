#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Folders of kind copy and rsync in a container: brought at boot, by sync, and by sync --watch.
# shellcheck disable=SC2016 # what looks like a variable is the guest's
. "${0%/*}/live.sh" tools-rootfs debian-rootfs

guest() { bothy ssh "${2:-box}" -c "$1"; }
here() { (cd "$1" && find . | LC_ALL=C sort); }

project '
machine "box" { provider = "container", box = "@tools-rootfs@", folders = { ["."] = false,
  ["./src"] = { to = "/srv/src", kind = "copy", exclude = { "*.o", "/build/" } },
  ["./web"] = { to = "/srv/web", kind = "rsync", owner = "www-data", mode = "0750", exclude = { "cache/", "a/**/b" } },
} }'
mkdir -p src/deep/er src/build web/cache web/a/x/b web/a/keep
echo one >src/one && echo two >src/deep/er/two && : >src/a.o && : >src/build/x && ln -s one src/link
echo page >web/page && : >web/cache/x && : >web/a/x/b/x && chmod 600 web/page

exits 0 'up brings both' bothy up
is "$(guest 'cd /srv/src && find . | LC_ALL=C sort')" $'.\n./deep\n./deep/er\n./deep/er/two\n./link\n./one' \
	'copy: all but what is excluded'
is "$(guest 'cat /srv/src/link')" one 'links too'
is "$(guest 'cd /srv/web && find . | LC_ALL=C sort')" $'.\n./a\n./a/keep\n./a/x\n./page' 'rsync: likewise'
is "$(guest 'stat -c %U:%G:%a /srv/web /srv/web/page' | paste -sd' ')" 'www-data:www-data:750 www-data:www-data:600' \
	'whose it is, and with which mode'
exits 0 'nothing has changed' bothy sync
like "$out" 'box +up to date' 'and sync says so'

# --- what changes ----------------------------------------------------------------------------

rm -r src/deep web/a && echo new >src/new && echo new >web/new
guest 'touch /srv/src/mine; mkdir /srv/web/cache; touch /srv/web/cache/mine /srv/web/mine'
exits 0 'sync' bothy sync box
like "$out" 'box +sent 2 files \(8 bytes\), removed [0-9]+ in ' 'tells what was sent and removed'
is "$(guest 'cd /srv/src && find . | LC_ALL=C sort')" $'.\n./link\n./mine\n./new\n./one' \
	'copy removes what it had sent, and nothing else'
is "$(guest 'cd /srv/web && find . | LC_ALL=C sort')" $'.\n./cache\n./cache/mine\n./new\n./page' \
	'rsync removes what is not here, but for what is excluded'
exits 0 'sync --json' bothy sync --json
is "$(json '.machines[0] | .machine, (.folders | map(.kind + " " + (.files | tostring)) | sort[])')" \
	$'box\ncopy 0\nrsync 0' 'is one document'
guest 'echo spoilt >/srv/src/one'
exits 0 'sync --full' bothy sync --full
is "$(guest 'cat /srv/src/one')" one 'sends all again'
mkfifo src/fifo
exits 0 'something that cannot be copied' bothy sync
like "$out" "left out 1 that is neither file, directory nor link: 'fifo'" 'is told'
rm src/fifo

# --- a sync that is cut off ------------------------------------------------------------------

for i in {1..40}; do head -c 4000000 /dev/urandom >"src/big$i"; done
"$BOTHY" sync >"$TEST_TMP/log" 2>&1 &
job=$!
wait_until 30 guest 'test -e /srv/src/big1'
kill -KILL "$job"
wait "$job" 2>/dev/null
rm src/big2 src/big39 && echo small >src/big3
exits 0 'after a sync that was killed' bothy sync
sums='cd src 2>/dev/null || cd /srv/src; find . -type f ! -name mine ! -name "*.o" ! -path "./build*" -exec sha256sum {} + | sort'
is "$(guest "$sums")" "$(eval "$sums")" 'the next one makes up for it'

# --- watching --------------------------------------------------------------------------------

in_background bothy sync --watch
ok 'sync --watch begins' says "$TEST_TMP/log" 'src: up to date'
ok 'both folders' says "$TEST_TMP/log" 'web: up to date'
arrives() { wait_until 5 guest "$1"; }
echo 1 >src/watched && echo 1 >web/watched
ok 'a new file' arrives 'test -e /srv/src/watched && test -e /srv/web/watched'
mkdir -p src/n/e/w && echo 1 >src/n/e/w/f
ok 'a new directory with what is in it' arrives 'test -e /srv/src/n/e/w/f'
echo 2 >src/n/e/w/g
ok 'and what comes into that' arrives 'test -e /srv/src/n/e/w/g'
mv src/n src/m
ok 'a renamed directory' arrives 'test -e /srv/src/m/e/w/g && ! test -e /srv/src/n'
rm -r src/m src/watched web/watched
ok 'what is removed' arrives '! test -e /srv/src/m && ! test -e /srv/src/watched && ! test -e /srv/web/watched'
for i in {1..10000}; do : >"src/storm$((i % 3000))"; done
rm src/storm1*
ok 'a storm of 10,000 changes' wait_until 20 guest \
	"test \"\$(ls /srv/src | grep -c storm)\" = $(find src -name 'storm*' | wc -l)"
ok 'which it survives' kill -0 "$job"
exits 0 'the machine is halted' bothy halt -f
ok 'it says so' says "$TEST_TMP/log" 'box +does not run: waiting'
echo later >src/later
exits 0 'and comes up again' bothy up
ok 'and it goes on' says "$TEST_TMP/log" 'runs again'
echo later >src/even-later
ok 'with what has changed since' arrives 'test -e /srv/src/even-later'
mkdir ../theirs && echo secret >../theirs/key && mv web web.mine && ln -s ../theirs web
ok 'a link out of the project that took the place of a folder is told' says "$TEST_TMP/log" 'leads out of'
rm web && mv web.mine web && echo last >web/last
ok 'and once it is gone all goes on' wait_until 30 guest 'test -e /srv/web/last'
is "$(guest 'ls /srv/web | grep key')" '' 'it was not followed'
kill -INT "$(pgrep -P "$job" -f 'sync --watch')"
ends 0 'Ctrl-C ends it'
# What was read within the kernel's tick of its last change may be sent once more.
exits 0 'all is there' bothy sync
exits 0 'again' bothy sync
like "$out" 'up to date' 'and known to be'

mkfifo "$TEST_TMP/pipe"
"$BOTHY" sync --watch >"$TEST_TMP/pipe" 2>"$TEST_TMP/log" </dev/null &
job=$!
ok 'watching into a pipe' head -n 1 "$TEST_TMP/pipe"
goes_on() { date +%N >src/unread && ! kill -0 "$job"; }
ok 'ends once nobody reads' wait_until 20 goes_on
status=0
wait "$job" || status=$?
is "$status" 141 'with the status of that'

# --- other machines --------------------------------------------------------------------------

in_background bothy sync --watch --json
ok 'sync --watch --json tells events' says "$TEST_TMP/log" '"event":"synced","machine":"box","text":"up to date"'
echo 1 >src/told
ok 'one for each batch' says "$TEST_TMP/log" '"files":1,"directories":[01],"bytes":2,.*"folder":"./src"'
exits 0 'destroy' bothy destroy -f
ends 0 'ends what watches it'
like "$out" '"event":"gone","machine":"box"' 'and says why'
exits 1 'sync of a machine that is not there' bothy sync box
like "$err" "machine 'box' is not created" 'says so'
exits 0 'none that runs' bothy sync
like "$out" 'nothing to do' 'is nothing to do'
exits 0 'a machine made anew' bothy up
is "$(guest 'cat /srv/src/even-later')" later 'gets everything'
envfile 'machine "box" { provider = "container", box = "@debian-rootfs@",
  folders = { ["./web"] = { to = "/srv/web", kind = "rsync" } } }'
bothy destroy -f >/dev/null 2>&1
exits 1 'a box without rsync' bothy up
like "$err" "there is no 'rsync' in 'box'" 'is refused'
like "$err" 'hint: .*kind = "copy"' 'with what to do'
exits 0 'destroy' bothy destroy -f

envfile 'defaults { provider = "container", box = "@tools-rootfs@", folders = { ["."] = false, ["./web"] = { to = "/srv/web", kind = "copy" } } }
machine "a" {}
machine "b" {}'
exits 0 'up of two' bothy up
for name in a b; do bothy ssh "$name" -c 'rm -r /srv/web && : >/srv/web'; done
echo changed >web/new
exits 1 'where both cannot be brought to' bothy sync
is "$(grep -o "^error: cannot copy './web' into '[ab]'" <<<"$err" | grep -o "'[ab]'" | xargs)" 'a b' 'each has its error'
exits 1 'as JSON' bothy sync --json
is "$(json '.errors | map(.message | match("into .(.)").captures[0].string) | join(" ")')" 'a b' 'both are in the document'
bothy destroy -f -q
done_testing
