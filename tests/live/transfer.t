#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # what stands in single quotes is for the guest
# Files into machines and out of them, and one command in many, as users do it.
. "${0%/*}/live.sh" debian-rootfs

project 'defaults { provider = "container", box = "@debian-rootfs@" }
machine "web" { primary = true, provision = { shell [[ useradd -m -s /bin/bash dev ]] } }
machine "db" {}'
exits 0 'two machines come up' bothy up
guest() { bothy ssh "$1" -c "$2"; }

# --- upload ----------------------------------------------------------------------------------

mkdir -p tree/sub/empty
printf 'hello' >file
printf '#!/bin/sh\n' >tree/sub/run && chmod 755 tree/sub/run
ln -s sub/run tree/link
exits 0 'upload of a file' bothy upload file
is "$(guest web 'cat file')" hello 'is in the home of the login, by its name'
exits 0 'upload to a place' bothy upload file /srv/new/place
is "$(guest web 'cat /srv/new/place')" hello 'makes the directories for it'
exits 0 'a second word that is a machine' bothy upload file db
is "$(guest db 'cat file')" hello 'is that machine'
exits 0 'three words' bothy upload file other db
is "$(guest db 'cat other')" hello 'are source, place and machine'
exits 0 'upload of a directory' bothy upload tree/ /srv/tree
is "$(guest web 'cd /srv/tree && find . | sort | paste -sd " "')" '. ./link ./sub ./sub/empty ./sub/run' \
	'brings what is in it'
is "$(guest web 'readlink /srv/tree/link; stat -c %a /srv/tree/sub/run')" $'sub/run\n755' 'links and modes as they are'
exits 0 'upload to a temporary place' bothy upload -t -c file --json
is "$(guest web "cat $(json .to)")" hello 'says where that is'
exits 1 'upload of what is not there' bothy upload nothing
like "$err" "error: there is no 'nothing' to upload" 'says so'
mkfifo fifo
exits 1 'upload of a FIFO' bothy upload fifo
like "$err" "cannot copy 'fifo': not a file" 'does not wait for who writes there' && rm fifo
exits 64 'upload of nothing' bothy upload
exits 1 'upload to where it cannot be' bothy upload file /proc/x
like "$err" "error: cannot write '/proc/x' in 'web': " 'says what went wrong'

# --- download --------------------------------------------------------------------------------

exits 0 'download of a file' bothy download /etc/hostname
is "$(cat hostname)" web 'is here by its name'
exits 0 'download to a place from a machine' bothy download /etc/hostname here db
is "$(cat here)" db 'is there'
exits 0 'download of a directory' bothy download /srv/tree back/tree
is "$(cd back/tree && find . | sort | paste -sd ' ')" '. ./link ./sub ./sub/empty ./sub/run' 'brings what is in it'
chown 12345:23456 . # root is told from who owns the project
exits 0 'download into a project of somebody' bothy download /srv/tree given/tree
is "$(find given ! -uid 12345 -o ! -gid 23456)" '' 'belongs to that user'
exits 0 'elsewhere' bothy download /etc/hostname "$TEST_TMP/elsewhere"
is "$(stat -c %u "$TEST_TMP/elsewhere")" 0 'it does not'
chown -R 0:0 .
exits 1 'download of what is not there' bothy download /nothing
like "$err" "error: cannot download '/nothing' from 'web': there is no such file" 'says so'
ok 'and leaves nothing' test ! -e nothing
guest web 'head -c 30000000 /dev/urandom >big; sha256sum <big' >sum
exits 0 'download of 30 MB' bothy download big
is "$(sha256sum <big)" "$(cat sum)" 'is the same'
rm big
# A guest whose tar sends what it likes.
guest web 'mkdir -p evil bad && echo x >evil/x && printf "#!/bin/sh\nexec /bin/tar.real -P --transform s,./x,../outside, -cf - -C /root/evil .\n" \
	>bad/tar && chmod 755 bad/tar && mv /bin/tar /bin/tar.real && mv bad/tar /bin/tar'
exits 1 'a guest that would write elsewhere' bothy download evil safe
like "$err" "error: .*'(\./)?\.\./outside', which leads out" 'is refused'
ok 'and has not' test ! -e outside
guest web 'mv /bin/tar.real /bin/tar'

# --- exec in many ----------------------------------------------------------------------------

exits 0 'exec in all' bothy exec --all -- sh -c 'echo "on $(hostname)"; echo oops >&2'
is "$(sort <<<"$out" | tr -s ' ')" $'db | on db\nweb | on web' 'each line says where it comes from'
is "$(sort <<<"$err" | tr -s ' ')" $'db | oops\nweb | oops' 'on the stream that it came by'
exits 3 'the worst status' bothy exec web db -- sh -c '[ "$(hostname)" = web ] || exit 3'
exits 3 'as a document' bothy exec --json web db -- sh -c 'echo "a  b"; [ "$(hostname)" = web ] || exit 3'
is "$(json 'map("\(.machine)=\(.status)=\(.stdout)") | join(",")')" $'web=0=a  b\n,db=3=a  b' 'says which is whose'
exits 3 'of one as well' bash -c "echo input | '$BOTHY' exec --json db -- sh -c 'cat; head -c 2000000 /dev/zero >&2; exit 3'"
is "$(json 'map("\(.machine) \(.status) \(.stdout) \(.stderr | length) \(.truncated)")[]')" $'db 3 input\n 1048576 true' 'with its input'
exits 0 'again' bothy exec --json db -- true
is "$(json -c .)" '[{"machine":"db","stdout":"","stderr":"","truncated":false,"status":0}]' 'over the same login'
exits 0 'a pattern' bothy exec /^d/ -- true
exits 64 'a terminal for two' bothy exec -t web db -- true
exits 64 'all and one' bothy exec --all web -- true
began=$EPOCHREALTIME
exits 0 'those that take their time' bothy exec --all -- sleep 8
ok 'do so at once' test "$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))" -lt 15000
exits 0 'many lines' bothy exec --all -- seq 20000
is "$(grep -cE '^(web|db) +\| [0-9]+$' <<<"$out")" 40000 'are never torn'
exits 0 'halt of one' bothy halt db
exits 255 'who is not there' bothy exec web db -- echo here
like "$out$err" 'web +\| here' 'holds up nobody'
like "$err" "db +\| error: machine 'db' is not running" 'and is named'
exits 0 'all' bothy exec --all -- true
exits 0 'standard input' bash -c "echo hello | '$BOTHY' exec web -- cat"
is "$out" hello 'goes to one machine'

# --- a file that broke ------------------------------------------------------------------------

cp bothy.lua good.lua && echo 'machine {' >bothy.lua
for what in 'ssh web -c true' 'exec web -- true' 'ssh-config web' 'upload bothy.lua /tmp/x web' 'download /tmp/x x web'; do
	# shellcheck disable=SC2086
	exits 0 "$what" bothy $what
	like "$err" "warning: 'bothy.lua' has a mistake" '  goes by what exists'
done
mv good.lua bothy.lua
exits 0 'destroy' bothy destroy -f
exits 1 'exec in all of none' bothy exec --all -- true
done_testing
