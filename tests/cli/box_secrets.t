#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Secrets for a server go to that server, and nowhere else.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
export BOTHY_HTTP=wait=20,retries=3,stall=1
make_box_of "$FILES/box.img" good 2
make_box_of "$FILES/other.img" other 2
digest=$(digest_of "$FILES/box.img")

new_project

# --- secrets ----------------------------------------------------------------------------------

# A second server is another host, for whoever says so.
elsewhere=127.0.0.1:$WEB_PORT
mkdir -p "$XDG_CONFIG_HOME/bothy"
echo "host \"localhost\" { token = 'SECRET' }" >"$XDG_CONFIG_HOME/bothy/config.lua"
chmod 600 "$XDG_CONFIG_HOME/bothy/config.lua"
local=http://localhost:$WEB_PORT
anew
exits 0 'a token for the host' bothy box add --name it "$local/auth/bearer/SECRET/box.img"
ok 'brings the box' holds "$FILES/box.img"
anew
exits 0 'a host that sends elsewhere' bothy box add --name it "$local/elsewhere/$elsewhere/box.img"
like "$(requests "GET /elsewhere")" 'authorization=Bearer SECRET' 'is told the token'
is "$(requests 'GET /box.img' | grep -v 'authorization=-')" '' 'the other one is not'
ok 'which has been asked' grep -q '^GET /box.img .*host=127.0.0.1' "$WEB_LOG"
rm "$XDG_CONFIG_HOME/bothy/config.lua"
echo 'machine localhost login me password SECRET' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
anew
exits 0 'a password in netrc' bothy box add --name it "$local/auth/basic/me:SECRET/box.img"
anew
exits 0 'a host that sends elsewhere' bothy box add --name it "$local/elsewhere/$elsewhere/box.img"
is "$(requests 'GET /box.img' | grep -v 'authorization=-')" '' 'is the only one that is told'
rm "$HOME/.netrc"
anew
exits 0 'a password in the URL' bothy box add --json "http://me:SECRET@localhost:$WEB_PORT/auth/basic/me:SECRET/box.img"
unlike "$out$err$(bothy box list)" 'me:SECRET@' 'is not shown'
unlike "$(cat "$BOTHY_HOME"/names/*)" 'me:SECRET@' 'nor written down'
anew
catalog org/box >"$FILES/org.json" <<<"1.0 libvirt - $WEB/box.img $digest"
mkdir -p "$FILES/org" && mv "$FILES/org.json" "$FILES/org/box.json"
BOTHY_BOX_SERVERS=$local BOTHY_BOX_TOKEN=SECRET run bothy box add org/box
is "$status" 0 'BOTHY_BOX_TOKEN'
like "$(requests 'GET /org/box.json')" 'authorization=Bearer SECRET' 'is for the servers of boxes'
is "$(requests 'GET /box.img' | grep -v 'authorization=-')" '' 'alone'
done_testing
