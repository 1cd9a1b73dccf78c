/* SPDX-License-Identifier: Apache-2.0 */
/* The table of cards, checked once more before a shell sees it, and the frame of the script. */
#include "guest/cards_script.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/seed.h"

#define MTU_MIN 68 /* RFC 791 */
#define MTU_MAX 65535

/*
 * `put` makes $text the content of a file, `block` of a marked part of it. A virtual machine may be cut off at once
 * after that, so it is on the disk before it has its name.
 */
static const char words[] =
	"export LC_ALL=C PATH=\"$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n"
	"nl='\n"
	"'\n"
	"mark='Written by bothy, which will do so again'\n"
	"net=$r/sys/class/net\n"
	"die() { echo \"$*\" >&2; exit 1; }\n"
	"said() { [ \"$1\" != - ]; }\n"
	"holds() { case $1 in *\"$2\"*) return 0 ;; esac; return 1; }\n"
	"line() { text=\"$text${text:+$nl}$1\"; }\n"
	"pause() { sleep 0.1 2>/dev/null || sleep 1; }\n"
	"gone() { for file; do [ ! -e \"$file\" ] || { rm -rf \"$file\" && changed=1; }; done; }\n"
	"put() {\n"
	"	[ \"$(cat \"$1\" 2>/dev/null)\" != \"$text\" ] || return 0\n"
	"	[ ! -L \"$1\" ] || set -- \"$(readlink -f \"$1\")\" \"${2:-}\"\n"
	"	mkdir -p \"${1%/*}\" || exit 1\n"
	"	rm -f \"$1.new\"\n"
	"	[ -n \"${2:-}\" ] || [ ! -e \"$1\" ] || cp -p \"$1\" \"$1.new\" || exit 1\n"
	"	[ -e \"$1.new\" ] || (umask 077 && : >\"$1.new\" && chmod \"${2:-644}\" \"$1.new\") || exit 1\n"
	"	printf '%s\\n' \"$text\" >\"$1.new\" && { sync \"$1.new\" 2>/dev/null || sync; } && mv -f \"$1.new\" \"$1\" || exit 1\n"
	"	changed=1\n"
	"}\n"
	"block() {\n"
	"	own=$(sed -n '/^# bothy begin$/,/^# bothy end$/p' \"$1\" 2>/dev/null)\n"
	"	[ -z \"$text\" ] || text=\"# bothy begin$nl$text$nl# bothy end\"\n"
	"	[ \"$own\" != \"$text\" ] || return 0\n"
	"	rest=$(sed '/^# bothy begin$/,/^# bothy end$/d' \"$1\" 2>/dev/null)\n"
	"	text=\"$rest${rest:+${text:+$nl}}$text\"\n"
	"	put \"$1\"\n"
	"}\n"
	"put_servers() {\n"
	"	text=$server_lines\n"
	"	[ ! -e \"$r/etc/resolv.conf\" ] && [ -z \"$text\" ] || block \"$r/etc/resolv.conf\"\n"
	"}\n"
	"add_servers() {\n"
	"	for server in $servers; do\n"
	"		! not_ours | grep -qx \"nameserver $server\" || continue\n"
	"		holds \"$nl$server_lines$nl\" \"${nl}nameserver $server$nl\" ||\n"
	"			server_lines=\"$server_lines${server_lines:+$nl}nameserver $server\"\n"
	"	done\n"
	"}\n"
	"not_ours() { sed '/^# bothy begin$/,/^# bothy end$/d' \"$r/etc/resolv.conf\" 2>/dev/null; }\n"
	"each() {\n"
	"	what=$1\n"
	"	set -- $cards\n"
	"	while [ $# -ge 12 ]; do\n"
	"		dev=$1 mac=$2 id=$3 ip=$4 mask=$5 ip6=$6 gateway=$7 gateway6=$8 mtu=$9\n"
	"		shift 9\n"
	"		dhcp=$1 dns=$2 dns6=$3\n"
	"		shift 3\n"
	"		servers\n"
	"		$what || return 1\n"
	"	done\n"
	"}\n"
	"servers() {\n"
	"	IFS=,\n"
	"	set -- $dns $dns6\n"
	"	unset IFS\n"
	"	servers=\n"
	"	for server; do ! said \"$server\" || servers=\"$servers${servers:+ }$server\"; done\n"
	"}\n"
	"find_device() {\n"
	"	for path in \"$net\"/*; do\n"
	"		[ -r \"$path/address\" ] && read -r found <\"$path/address\" && [ \"$found\" = \"$1\" ] || continue\n"
	"		for lower in \"$path\"/lower_*; do [ ! -e \"$lower\" ] || continue 2; done\n"
	"		dev=${path##*/}\n"
	"		return 0\n"
	"	done\n"
	"	return 1\n"
	"}\n"
	"is_seeded() {\n"
	"	case $(cat \"$r/var/lib/cloud/data/instance-id\" 2>/dev/null) in\n"
	"	*" SEED_CARDS_INSTANCE ") holds \" $seeded \" \" $mac \" ;;\n"
	"	*) return 1 ;;\n"
	"	esac\n"
	"}\n"
	"name() {\n"
	"	! is_seeded || return 0\n"
	"	find_device \"$mac\" || { lack=$mac; return 1; }\n"
	"	named=\"$named$dev $mac $id $ip $mask $ip6 $gateway $gateway6 $mtu $dhcp $dns $dns6$nl\"\n"
	"}\n"
	"name_all() {\n"
	"	tries=0\n"
	"	until named= && each name; do\n"
	"		[ $((tries += 1)) -lt \"$grace\" ] || die \"there is no card with the address $lack\"\n"
	"		pause\n"
	"	done\n"
	"	cards=$named\n"
	"}\n"
	"touch_device() { holds \" $touched \" \" $1 \" || touched=\"$touched $1\"; }\n"
	"is_touched() { holds \"$touched \" \" $dev \"; }\n"
	"free_device() {\n"
	"	find_device \"$(echo \"$1\" | sed 's/../&:/g; s/:$//')\" || return 0\n"
	"	! holds \"$(ip -o address show dev \"$dev\" 2>/dev/null)\" \" $mine/\" || return 0\n"
	"	ip address flush dev \"$dev\" scope global 2>/dev/null\n"
	"	touch_device \"$dev\"\n"
	"}\n"
	"drop_stale() {\n"
	"	for file in \"$1\"*\"$2\"; do\n"
	"		[ -e \"$file\" ] || continue\n"
	"		old=${file#\"$1\"}\n"
	"		old=${old%\"$2\"}\n"
	"		! holds \"$cards\" \" $old \" || continue\n"
	"		rm -rf \"$file\" || exit 1\n"
	"		changed=1\n"
	"		free_device \"$old\"\n"
	"	done\n"
	"}\n";

/*
 * A cable may be unplugged on purpose: what then cannot be is not waited for. sysfs has no carrier of a card that is
 * down, and one just brought up may need a moment for its own.
 */
static const char state[] =
	"linkless() { [ \"$tries\" -ge \"$1\" ] && read -r now 2>/dev/null <\"$net/$dev/carrier\" && [ \"$now\" = 0 ]; }\n"
	"in_place() {\n"
	"	lack='is not up'\n"
	"	read -r now <\"$net/$dev/flags\" && [ $((now & 1)) = 1 ] || return 1\n"
	"	lack=\"has not the MTU $mtu\"\n"
	"	! said \"$mtu\" || { read -r now <\"$net/$dev/mtu\" && [ \"$now\" = \"$mtu\" ]; } || return 1\n"
	"	now=\"$(ip -o address show dev \"$dev\" 2>/dev/null || ifconfig \"$dev\" 2>/dev/null) \"\n"
	"	lack=\"has no address $ip\"\n"
	"	! said \"$ip\" || holds \"$now\" \" inet $ip \" || holds \"$now\" \" inet ${ip%/*} \" ||\n"
	"		holds \"$now\" \" inet addr:${ip%/*} \" || return 1\n"
	"	lack='got no address by DHCP'\n"
	"	[ \"$dhcp\" = no ] || holds \"$(echo \"$now\" | grep -v ' inet 169[.]254[.]')\" ' inet ' || return 1\n"
	"	lack=\"has no address $ip6\"\n"
	"	! said \"$ip6\" || holds \"$now\" \" inet6 $ip6 \" || return 1\n"
	"	lack=\"has no default route by $gateway\"\n"
	"	! said \"$gateway\" || routes \"$gateway\" -4 || return 1\n"
	"	lack=\"has no default route by $gateway6\"\n"
	"	! said \"$gateway6\" || routes \"$gateway6\" -6 || return 1\n"
	"	return 0\n"
	"}\n"
	"routes() {\n"
	"	! command -v ip >/dev/null || holds \"$(ip \"$2\" route show default 2>/dev/null | grep \"^default .*dev $dev \") \" \" via $1 \"\n"
	"}\n"
	"settled() { in_place || linkless \"$spare\"; }\n"
	"wait_for() {\n"
	"	tries=0 spare=$2\n"
	"	until each settled; do\n"
	"		[ $((tries += 1)) -lt \"$1\" ] || return 1\n"
	"		pause\n"
	"	done\n"
	"}\n"
	"touch_unsettled() { in_place || linkless 0 || touch_device \"$dev\"; }\n";

/*
 * Who rules is asked at what runs, not at names of distributions. In a guest that just boots, cards may still be coming
 * up by the files of an earlier time, which is waited for before anything is done over again.
 */
static const char frame[] =
	"runs() {\n"
	"	if [ -d \"$r/run/systemd/system\" ]; then\n"
	"		case $(systemctl is-active \"$1\" 2>/dev/null) in\n"
	"		active | activating | reloading) return 0 ;;\n"
	"		*) return 1 ;;\n"
	"		esac\n"
	"	fi\n"
	"	pidof \"$1\" >/dev/null 2>&1\n"
	"}\n"
	"has() { command -v \"$1\" >/dev/null 2>&1; }\n"
	"netplan_rules() {\n"
	"	has netplan || return 1\n"
	"	for file in \"$r\"/etc/netplan/*.yaml \"$r\"/run/netplan/*.yaml \"$r\"/lib/netplan/*.yaml; do\n"
	"		case $file in */60-bothy.yaml | *'*'*) ;; *) return 0 ;; esac\n"
	"	done\n"
	"	return 1\n"
	"}\n"
	"choose() {\n"
	"	if netplan_rules; then manager=netplan\n"
	"	elif has nmcli && runs NetworkManager; then manager='nmcli'\n"
	"	elif has networkctl && runs systemd-networkd; then manager=networkd\n"
	"	elif has wicked && runs wickedd; then manager=wicked\n"
	"	elif has ifup && [ -f \"$r/etc/network/interfaces\" ]; then manager=ifupdown\n"
	"	else manager=plain; fi\n"
	"}\n"
	"name_all\n"
	"choose\n"
	"for other in netplan nmcli networkd wicked ifupdown; do\n"
	"	[ $other = $manager ] || ${other}_forget\n"
	"done\n"
	"server_lines=''\n"
	"case $manager in ifupdown | plain) ;; *) put_servers ;; esac\n"
	"changed='' touched='' words=''\n"
	"${manager}_write\n"
	"[ -n \"$changed\" ] || [ $manager = plain ] || wait_for \"$grace\" 0\n"
	"tries=0\n"
	"each touch_unsettled\n"
	"[ -n \"$changed$touched\" ] || exit 0\n"
	"${manager}_apply || die \"${manager}: $words\"\n"
	"wait_for \"$patience\" \"$grace\" || die \"its card $mac ($dev) $lack${words:+: $words}\"\n"
	"[ $manager != plain ] || each plain_unroute\n";

static int not_one(const char *text, const char *what, struct error *err)
{
	return error_set(err, ERROR_GUEST, "'%s' is no %s", text ? text : "", what);
}

/* sysfs has it in lower case. */
static int read_mac(const char *mac, char out[NETWORK_MAC_BYTES], struct error *err)
{
	size_t len = mac ? strlen(mac) : 0;

	if (len != NETWORK_MAC_BYTES - 1)
		return not_one(mac, "MAC address", err);
	for (size_t i = 0; i < len; i++) {
		bool fits = i % 3 == 2 ? mac[i] == ':' : isxdigit((unsigned char)mac[i]) != 0;

		if (!fits)
			return not_one(mac, "MAC address", err);
		out[i] = (char)tolower((unsigned char)mac[i]);
	}
	out[len] = '\0';
	return 0;
}

/* As ip(8) shows it, with the prefix behind it if that is not 0. */
static int add_address(struct text *out, int family, const char *address, unsigned prefix,
		       struct error *err)
{
	unsigned char binary[sizeof(struct in6_addr)];
	char shown[INET6_ADDRSTRLEN];

	if (!address) {
		text_add(out, " -");
		return 0;
	}
	if (inet_pton(family, address, binary) != 1)
		return not_one(address, family == AF_INET ? "IPv4 address" : "IPv6 address", err);
	text_addf(out, " %s", inet_ntop(family, binary, shown, sizeof(shown)));
	if (prefix)
		text_addf(out, "/%u", prefix);
	return 0;
}

static int check_prefix(const char *address, unsigned prefix, unsigned most, struct error *err)
{
	if (!address || (prefix >= 1 && prefix <= most))
		return 0;
	return error_set(err, ERROR_GUEST, "%u is no prefix of '%s'", prefix, address);
}

static void add_mask(struct text *out, const char *ip, unsigned prefix)
{
	struct in_addr mask = { ip ? htonl(UINT32_MAX << (32 - prefix)) : 0 };
	char shown[INET_ADDRSTRLEN];

	text_addf(out, " %s", ip ? inet_ntop(AF_INET, &mask, shown, sizeof(shown)) : "-");
}

static int family_of(const char *address)
{
	return address && strchr(address, ':') ? AF_INET6 : AF_INET;
}

/* Those of one family, with commas between them. */
static int add_servers(struct text *out, int family, const struct strings *dns, struct error *err)
{
	cleanup_text struct text list = { 0 };

	for (size_t i = 0; dns && i < dns->count; i++) {
		if (family_of(dns->at[i]) != family)
			continue;
		if (add_address(&list, family, dns->at[i], 0, err) < 0)
			return -1;
	}
	for (char *c = list.len ? list.ptr + 1 : NULL; c && *c; c++)
		if (*c == ' ')
			*c = ',';
	text_add(out, list.len ? list.ptr : " -");
	return 0;
}

/* "- 52:54:00:01:02:03 525400010203 …", in the order in which the script takes them; first comes the device, once known. */
static int add_card(struct text *out, const struct guest_card *c, struct error *err)
{
	bool dhcp = c->dhcp || (!c->ip && !c->ipv6);
	const char *ip = dhcp ? NULL : c->ip;
	bool sixth = family_of(c->gateway) == AF_INET6;
	char mac[NETWORK_MAC_BYTES];

	if (read_mac(c->mac, mac, err) < 0 || check_prefix(ip, c->prefix, 32, err) < 0 ||
	    check_prefix(c->ipv6, c->ipv6_prefix, 128, err) < 0)
		return -1;
	if (c->mtu && (c->mtu < MTU_MIN || c->mtu > MTU_MAX))
		return error_set(err, ERROR_GUEST, "%u is no MTU", c->mtu);
	text_addf(out, "- %s ", mac);
	for (const char *m = mac; *m; m++)
		if (*m != ':')
			text_addn(out, m, 1);
	if (add_address(out, AF_INET, ip, c->prefix, err) < 0)
		return -1;
	add_mask(out, ip, c->prefix);
	if (add_address(out, AF_INET6, c->ipv6, c->ipv6_prefix, err) < 0 ||
	    add_address(out, AF_INET, sixth ? NULL : c->gateway, 0, err) < 0 ||
	    add_address(out, AF_INET6, sixth ? c->gateway : NULL, 0, err) < 0)
		return -1;
	if (c->mtu)
		text_addf(out, " %u", c->mtu);
	text_addf(out, "%s %s", c->mtu ? "" : " -", dhcp ? "yes" : "no");
	if (add_servers(out, AF_INET, c->dns, err) < 0 ||
	    add_servers(out, AF_INET6, c->dns, err) < 0)
		return -1;
	text_add(out, "\n");
	return 0;
}

static bool is_address(const char *text)
{
	unsigned char binary[sizeof(struct in6_addr)];

	return text && inet_pton(family_of(text), text, binary) == 1;
}

int cards_script(const struct guest_card *cards, size_t count, const struct cards_place *place,
		 struct text *out, struct error *err)
{
	cleanup_text struct text table = { 0 }, seeded = { 0 };
	char mac[NETWORK_MAC_BYTES];

	for (size_t i = 0; i < count; i++) {
		if (add_card(&table, &cards[i], err) < 0)
			return -1;
		if (cards[i].seeded && read_mac(cards[i].mac, mac, err) == 0)
			text_addf(&seeded, "%s%s", seeded.len ? " " : "", mac);
	}
	text_add(out, "set -u\numask 022\nr=");
	text_add_shell_quoted(out, place->root);
	text_addf(out, "\nmine='%s'\npatience=%u\ngrace=%u\ncards='%s'\nseeded='%s'\n",
		  is_address(place->reached) ? place->reached : "", place->patience_ds,
		  place->grace_ds, text_str(&table), text_str(&seeded));
	text_add(out, words);
	text_add(out, state);
	text_add(out, cards_netplan);
	text_add(out, cards_nmcli);
	text_add(out, cards_networkd);
	text_add(out, cards_wicked);
	text_add(out, cards_ifupdown);
	text_add(out, cards_plain);
	text_add(out, frame);
	return 0;
}
