#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Provisioners in a VM and a container: what they are given, which of them run when, and what is remembered of them.
# shellcheck disable=SC2016 # what looks like a variable is the guest's
. "${0%/*}/live.sh" tiny-vm debian-rootfs

guest() { bothy ssh "$1" -c "$2"; }

# The provisioners that the last command ran on a machine, in their order.
ran() { grep -oP "^$1 +provisioned \K[^ ]+" <<<"$out$err" | paste -sd ' '; }

# --- what they are given ---------------------------------------------------------------------

project '
defaults { memory = 160, provision = {
  shell [[ echo "first on $(hostname)"; echo "and an error" >&2; printf "no newline" ]] { name = "hello" },
  script "args.sh" { args = { "one", "two words", "$HOME * \x27q\x27" }, env = { MODE = "dev", QUOTE = "it\x27s \"x\"" } },
  shell [[
    id -u dev >/dev/null 2>&1 || useradd -m dev 2>/dev/null || {
      echo dev:x:1500:1500::/home/dev:/bin/sh >>/etc/passwd; echo dev:x:1500: >>/etc/group
      mkdir -p /home/dev; chown 1500:1500 /home/dev
    }
  ]] { name = "user" },
  shell [[ id -un >~/who; pwd >>~/who; echo "$HOME $MODE" >>~/who ]]
    { name = "as-dev", user = "dev", env = { MODE = "user" } },
  upload "tree" "/srv/tree",
  upload "one.conf" "/etc/app/conf.d/one.conf",
  upload "one.conf" "~/mine.conf" { user = "dev", name = "dev.conf" },
  shell [[ date +%s%N >>/root/always ]] { name = "each-time", when = "always" },
  shell [[ touch /root/never ]] { name = "by-hand", when = "never" },
} }
machine "vm" { box = "@tiny-vm@" }
machine "box" { provider = "container", box = "@debian-rootfs@" }'
cat >args.sh <<'END_OF_SCRIPT'
#!/bin/sh
{ for word; do echo "[$word]"; done; echo "$MODE/$QUOTE"; id -un; } >/root/args
END_OF_SCRIPT
mkdir -p tree/deep/er tree/empty
echo inner >tree/deep/er/file
printf '#!/bin/sh\n' >tree/run && chmod 755 tree/run
head -c 300000 /dev/urandom >tree/blob
echo setting >one.conf

exits 0 'up provisions a VM and a container' bothy up
for m in vm box; do
	is "$(ran $m)" 'hello args.sh user as-dev tree one.conf dev.conf each-time' "$m: in the order of the file"
	like "$out" "(^|"$'\n'")$m +\| first on $m" "$m: each line of output names the machine"
	like "$out" "$m +\| and an error" "$m: also that of standard error"
	like "$out" "$m +\| no newline"$'\n' "$m: and a line without its end"
	is "$(guest $m 'cat /root/args')" $'[one]\n[two words]\n[$HOME * \'q\']\ndev/it\'s "x"\nroot' \
		"$m: a script gets its arguments and environment as they are"
	is "$(guest $m 'cat ~dev/who')" $'dev\n/home/dev\n/home/dev user' "$m: user = runs as a user made just before"
	is "$(guest $m 'cat /srv/tree/deep/er/file')" inner "$m: a directory is uploaded with all in it"
	is "$(guest $m 'test -x /srv/tree/run && test -d /srv/tree/empty && echo yes')" yes "$m: with its modes"
	is "$(guest $m 'sha256sum </srv/tree/blob')" "$(sha256sum <tree/blob)" "$m: byte by byte"
	is "$(guest $m 'cat /etc/app/conf.d/one.conf')" setting "$m: a file is, into directories that did not exist"
	is "$(guest $m 'stat -c %U ~dev/mine.conf')" dev "$m: and belongs to the user it is for"
	is "$(guest $m 'ls /tmp | grep -c bothy')" 0 "$m: nothing of ours stays in /tmp"
done

# --- again -----------------------------------------------------------------------------------

exits 0 'a second up' bothy up box
is "$(ran box)" each-time 'runs only what runs always'
exits 0 'when = "never" runs by name' bothy provision --provision-with by-hand box
is "$(ran box)" by-hand 'alone'
exits 0 'a kind stands for all of that kind' bothy provision --provision-with upload box
is "$(ran box)" 'tree one.conf dev.conf' 'but no other'
exits 0 'halt' bothy halt
exits 0 'and up' bothy up
is "$(ran box)/$(ran vm)" each-time/each-time 'do not forget what ran'
is "$(guest vm 'wc -l </root/always')" 2 'each-time ran once for each up of the VM'
exits 0 'up --no-provision' bothy up --no-provision
is "$(ran box)" '' 'runs none'
exits 64 'a provisioner that nobody has is a mistake' bothy provision --provision-with nothing box

# --- a failure -------------------------------------------------------------------------------

sed -i 's,useradd -m dev,useradd -m -s /bin/sh dev,; s/MODE = "user"/MODE = "other"/' bothy.lua
exits 0 'what has changed or is new' bothy up box
is "$(ran box)" 'user as-dev each-time' 'runs again, and nothing else'
exits 0 'destroy' bothy destroy -f
five() { # STATUS: the third exits with that
	envfile "machine \"box\" { provider = \"container\", box = \"@debian-rootfs@\", provision = {
		shell [[ echo 1 >>/root/log ]] { name = \"p1\" }, shell [[ echo 2 >>/root/log ]] { name = \"p2\" },
		script \"third.sh\" { name = \"p3\" }, shell [[ echo 4 >>/root/log ]] { name = \"p4\" },
		shell [[ echo $1 >>/root/log ]] { name = \"p5\" } } }"
}
five 5
printf 'echo broken thing >&2\nfalse\necho not reached\n' >third.sh
exits 1 'when the third of five fails, so does up' bothy up
like "$err" "^error: provisioner 'p3' in 'box' failed with status 1" 'the error names it'
like "$err" 'hint: .*bothy up' 'the hint says how to go on'
like "$out$err" 'broken thing' 'its last words are shown'
unlike "$out$err" 'not reached' 'and were its last'
is "$(ran box)" 'p1 p2' 'two have run'
is "$(state_of box)" running 'the machine stays for a look at it'
exits 1 'the next up tries it again' bothy up
is "$(ran box)" '' 'not what went well'
echo 'echo 3 >>/root/log' >third.sh
exits 0 'mended' bothy up
is "$(ran box)" 'p3 p4 p5' 'it goes on from there'
is "$(guest box 'paste -sd " " /root/log')" '1 2 3 4 5' 'so that each has run once'
echo 'echo three >>/root/log' >third.sh
exits 0 'a changed script' bothy up
is "$(ran box)" p3 'runs again, alone'
five five
exits 0 'a changed line in the file' bothy up
is "$(ran box)" p5 'makes its provisioner run again, alone'
exits 0 'up with nothing changed' bothy up
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'provision' bothy provision
is "$(ran box)" 'p1 p2 p3 p4 p5' 'runs all'
done_testing
