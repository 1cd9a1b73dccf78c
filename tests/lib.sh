# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TAP for shell tests: source it first, check with the functions below, end with done_testing.
# A test sees a clean environment and a private home, and leaves nothing behind.
#
#   . "${0%/*}/../lib.sh"
#   new_project
#   exits 0 'an empty project is valid' bothy validate
#   is "$(json .valid)" true 'and the document says so'
#   done_testing
set -u

TOP=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
BOTHY=$(realpath -m -- "${BOTHY:-$TOP/build/bothy}")
out='' err='' status=0
tap_count=0 tap_failed=0 tap_projects=0
tap_at_exit=()
# Bounds of time are those of an idle machine: one that emulates others beside takes several times that.
tap_patience=5

# --- environment -----------------------------------------------------------------------------

tap_clean_environment() {
	local name
	while read -r name; do
		case $name in
		BOTHY | BOTHY_TEST_* | TMPDIR | TERM | PWD | *SAN_OPTIONS | GCOV_*) ;;
		*) unset -v "$name" 2>/dev/null || true ;;
		esac
	done < <(compgen -e)
	export LC_ALL=C.UTF-8 BOTHY TERM=dumb
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

# Makes DIR the only place that programs of this test know as home.
tap_live_in() {
	export HOME=$1/home XDG_RUNTIME_DIR=$1/run BOTHY_HOME=$1/bothy
	export XDG_CONFIG_HOME=$1/config XDG_CACHE_HOME=$1/cache
	export XDG_DATA_HOME=$1/data XDG_STATE_HOME=$1/state
	mkdir -p "$HOME" "$XDG_RUNTIME_DIR" && chmod 700 "$XDG_RUNTIME_DIR"
}

tap_leave() {
	local code=$? i
	trap - EXIT
	for ((i = ${#tap_at_exit[@]} - 1; i >= 0; i--)); do
		eval "${tap_at_exit[i]}"
	done
	cd / || true
	[[ -n ${BOTHY_TEST_KEEP:-} ]] || rm -rf --one-file-system "$TEST_TMP"
	exit "$code"
}

# at_exit COMMAND: run it when the test ends, however it ends; the last one added runs first.
at_exit() { tap_at_exit+=("$1"); }

# new_project: an empty project with a home of its own; enters it and sets $PROJECT.
new_project() { new_project_named project; }

new_project_named() {
	tap_projects=$((tap_projects + 1))
	local base=$TEST_TMP/$tap_projects
	PROJECT=$base/$1
	mkdir -p "$PROJECT" && tap_live_in "$base" && cd "$PROJECT" || exit 1
}

# --- running ---------------------------------------------------------------------------------

bothy() { "$BOTHY" "$@"; }

# run COMMAND…: sets $out, $err and $status, checks nothing.
run() {
	status=0
	"$@" >"$TEST_TMP/out" 2>"$TEST_TMP/err" </dev/null || status=$?
	out=$(tr -d '\0' <"$TEST_TMP/out") err=$(tr -d '\0' <"$TEST_TMP/err")
}

# json FILTER…: what jq finds in $out.
json() { jq -rc "$@" <<<"$out"; }

# wait_until SECONDS COMMAND…: 0 as soon as the command succeeds, 1 when the time is over.
wait_until() {
	local deadline=$((SECONDS + $1 * tap_patience))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS <= deadline)) || return 1
		sleep 0.05
	done
}

# --- checks: each prints one TAP line and returns whether it held ----------------------------

plan() { echo "1..$1" && tap_planned=$1; }
diag() { printf '%s\n' "$@" | sed 's/^/# /' >&2; }
pass() { echo "ok $((++tap_count)) - $1"; }
skip() { echo "ok $((++tap_count)) - $1 # SKIP $2"; }

fail() {
	echo "not ok $((++tap_count)) - $1"
	tap_failed=$((tap_failed + 1))
	diag "failed: $1" "at ${BASH_SOURCE[2]:-$0} line ${BASH_LINENO[1]:-?}" "${@:2}" \
		"last status: $status" "last err: $err" "last out: $out"
	return 1
}

# ok DESCRIPTION COMMAND…: it succeeds. $out and $err stay what the last run left in them.
ok() {
	local shown
	if "${@:2}" >"$TEST_TMP/shown" 2>&1 </dev/null; then
		pass "$1"
	else
		shown=$(tr -d '\0' <"$TEST_TMP/shown")
		fail "$1" "command: ${*:2}" "${shown:+it said: $shown}"
	fi
}

# exits STATUS DESCRIPTION COMMAND…: it ends with that status; sets $out, $err and $status.
exits() {
	run "${@:3}"
	if ((status == $1)); then pass "$2"; else fail "$2" "command: ${*:3}" "wanted status: $1"; fi
}

is() {
	if [[ $1 == "$2" ]]; then pass "$3"; else fail "$3" "   got: $1" "wanted: $2"; fi
}

# like GOT REGEX DESCRIPTION: an extended regular expression, '^' and '$' being the whole text's.
like() {
	if [[ $1 =~ $2 ]]; then pass "$3"; else fail "$3" "     got: $1" "wanted /$2/"; fi
}

unlike() {
	if [[ ! $1 =~ $2 ]]; then pass "$3"; else fail "$3" "           got: $1" "did not want /$2/"; fi
}

skip_all() { echo "1..0 # SKIP $1" && exit 0; }

done_testing() {
	[[ -n ${tap_planned:-} ]] || echo "1..$tap_count"
	exit $((tap_failed > 0))
}

tap_clean_environment
TEST_TMP=$(realpath "$(mktemp -d "${TMPDIR:-/tmp}/bothy-test.XXXXXX")") || exit 1
trap tap_leave EXIT
tap_live_in "$TEST_TMP"
