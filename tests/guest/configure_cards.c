/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs into a machine and configures its cards:
 *
 *   configure-cards ADDRESS USER KEY HOST_KEY [CARD…]
 *
 * HOST_KEY is a line of a known_hosts file; a CARD is "mac=…,ip=10.9.0.5/24,ipv6=…/64,gateway=…,dns=…,mtu=…,dhcp", of
 * which all but the first is optional. Prints how many milliseconds it took once logged in.
 */
#include "guest/cards.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"

#define CARDS_MAX 8
#define WAIT_MS 120000

/* "10.9.0.5/24" */
static void read_address(char *value, const char **out, unsigned *out_prefix)
{
	char *slash = strchr(value, '/');

	*out = value;
	if (slash) {
		*slash = '\0';
		*out_prefix = (unsigned)strtoul(slash + 1, NULL, 10);
	}
}

static void read_option(struct guest_card *c, struct strings *dns, char *option)
{
	char *value = strchr(option, '=');

	if (value)
		*value++ = '\0';
	if (strcmp(option, "dhcp") == 0)
		c->dhcp = true;
	else if (!value)
		return;
	else if (strcmp(option, "mac") == 0)
		c->mac = value;
	else if (strcmp(option, "ip") == 0)
		read_address(value, &c->ip, &c->prefix);
	else if (strcmp(option, "ipv6") == 0)
		read_address(value, &c->ipv6, &c->ipv6_prefix);
	else if (strcmp(option, "gateway") == 0)
		c->gateway = value;
	else if (strcmp(option, "mtu") == 0)
		c->mtu = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(option, "dns") == 0)
		dns->at[dns->count++] = value;
}

static int configure(char **argv, const struct guest_card *cards, size_t count, struct error *err)
{
	const char *host_key = strchr(argv[4], ' ');
	const struct guest_target target = {
		.machine = "web",
		.address = argv[1],
		.port = 22,
		.user = argv[2],
		.key_path = argv[3],
		.host_public = host_key ? host_key + 1 : argv[4],
	};
	struct guest_wait wait = { .deadline_ms = clock_ms() + WAIT_MS };
	cleanup_guest struct guest *g = NULL;
	int64_t began;

	if (guest_wait(&target, &wait, &g, err) < 0)
		return -1;
	began = clock_ms();
	if (guest_configure_cards(g, cards, count, began + WAIT_MS, err) < 0)
		return -1;
	printf("%" PRId64 "\n", clock_ms() - began);
	return 0;
}

int main(int argc, char **argv)
{
	struct guest_card cards[CARDS_MAX] = { { 0 } };
	const char *servers[CARDS_MAX][CARDS_MAX];
	struct strings dns[CARDS_MAX];
	cleanup_error struct error err = { 0 };
	size_t count = 0;

	if (argc < 5 || argc > 5 + CARDS_MAX)
		return 64;
	for (char **card = argv + 5; *card; card++, count++) {
		dns[count] = (struct strings){ servers[count], 0 };
		cards[count].dns = &dns[count];
		for (char *option = strtok(*card, ","); option; option = strtok(NULL, ","))
			read_option(&cards[count], &dns[count], option);
	}
	if (configure(argv, cards, count, &err) == 0)
		return 0;
	fprintf(stderr, "error: %s\n", err.text);
	return 1;
}
