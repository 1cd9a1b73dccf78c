#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A home that is read-only or full.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

if ((EUID != 0)) || ! unshare --mount true 2>/dev/null; then
	skip_all 'needs root and mount namespaces'
fi

# on_home OPTIONS COMMAND…: with a tmpfs of its own over the home, seen by the command alone.
on_home() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private sh -c '
		mount -t tmpfs -o size=64k tmpfs "$BOTHY_HOME" || exit 99
		[ "$1" = ro ] || head -c 65536 /dev/zero >"$BOTHY_HOME/fill"
		mount -o "remount,$1" "$BOTHY_HOME" || exit 99
		shift
		"$@"' sh "$@"
}

one_machine
mkdir "$BOTHY_HOME"
for kind in ro rw; do
	exits 1 "up on a home that is $kind" on_home $kind "$BOTHY" up
	like "$err" "^error: (cannot use box '[^']*': )?[^:]*'$BOTHY_HOME/" '  names a path in it'
	is "$(grep '^error: ' <<<"$err" | sort | uniq -d)" '' '  once for each step that failed'
	exits 1 'as JSON' on_home $kind "$BOTHY" --json up
	like "$(tail -n 1 <<<"$out" | jq -r .error.message)" "$BOTHY_HOME/" '  too'
	exits 0 'status' on_home $kind "$BOTHY" status
	is "$out" 'default  not_created  fake  -' '  still works'
	exits 0 'plan' on_home $kind "$BOTHY" plan
	like "$out" '4 steps' '  as well'
done

# The project itself.
# shellcheck disable=SC2016 # expanded by the inner shell
exits 1 'up in a project that is read-only' unshare --mount --propagation private sh -c \
	'mount --bind . . && mount -o remount,ro,bind "$PWD" && cd "$PWD" && exec "$BOTHY" up'
like "$err" "^error: .*'$PROJECT/.bothy[^']*'.*read-only" 'names what cannot be written'
is "$(engine '.machines // {} | length')" 0 'no machine was made'
exits 0 'then all is well' bothy up -q
is "$(states)" default=running 'it runs'
done_testing
