/* SPDX-License-Identifier: Apache-2.0 */
/* Packets between commands and keepers: whole, with their pipes, and nonsense refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/share_wire.h"

struct ends {
	int at[2];
};

static int setup(void **state)
{
	static struct ends e;

	*state = &e;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e.at);
}

static int teardown(void **state)
{
	struct ends *e = *state;

	mem_close_fd(&e->at[0]);
	mem_close_fd(&e->at[1]);
	return 0;
}

static struct share_packet empty(void)
{
	return (struct share_packet){ .pipes = { -1, -1, -1 } };
}

static void a_packet_comes_whole(void **state)
{
	const struct ends *e = *state;
	struct share_packet sent = { .word = SHARE_START, .first = -3, .second = 70000 }, got;
	int pipes[3];
	size_t at = 0;

	got = empty();
	sent.flags = SHARE_TTY;
	text_addn(&sent.data, "one\0\0\xff\xfe", 8);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pipes[2] = dup(pipes[1]);
	assert_int_equal(share_receive(e->at[1], &got), 0);
	assert_int_equal(share_send(e->at[0], &sent, pipes), 0);
	assert_int_equal(share_receive(e->at[1], &got), 1);
	assert_int_equal(got.word, SHARE_START);
	assert_int_equal(got.first, -3);
	assert_int_equal(got.second, 70000);
	assert_int_equal(got.flags, SHARE_TTY);
	assert_string_equal(share_string(&got, &at), "one");
	assert_string_equal(share_string(&got, &at), "");
	assert_string_equal(share_string(&got, &at), "\xff\xfe");
	assert_null(share_string(&got, &at));
	assert_int_equal(write(got.pipes[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], (char[1]){ 0 }, 1), 1);
	for (int i = 0; i < 3; i++) {
		assert_true(fcntl(got.pipes[i], F_GETFD) & FD_CLOEXEC);
		close(pipes[i]);
	}
	share_packet_clear(&got);
	share_packet_clear(&sent);
}

static void an_error_comes_with_its_hint(void **state)
{
	const struct ends *e = *state;
	struct error err = { 0 }, came = { 0 };
	struct share_packet got = empty();

	error_set(&err, ERROR_TIMEOUT, "too late");
	error_hint(&err, "be earlier");
	share_say_error(e->at[0], &err);
	assert_int_equal(share_receive(e->at[1], &got), 1);
	assert_int_equal(share_error(&got, &came), -1);
	assert_int_equal(came.kind, ERROR_TIMEOUT);
	assert_string_equal(came.text, "too late");
	assert_string_equal(came.hint, "be earlier");
	error_clear(&err);
	error_clear(&came);
	share_packet_clear(&got);
}

/* Its last words count, although it did not hear ours. */
static void who_closes_is_heard_to_the_end(void **state)
{
	struct ends *e = *state;
	struct share_packet got = empty();

	share_say(e->at[1], SHARE_START, 0);
	share_say(e->at[0], SHARE_STATUS, 7);
	mem_close_fd(&e->at[0]);
	assert_int_equal(share_receive(e->at[1], &got), 1);
	assert_int_equal(got.first, 7);
	share_packet_clear(&got);
	assert_int_equal(share_receive(e->at[1], &got), -1);
	share_say(e->at[1], SHARE_START, 0);
}

static void nonsense_is_refused(void **state)
{
	const struct ends *e = *state;
	struct share_packet got = empty();
	uint32_t words[6] = { 0x62796b70U, SHARE_VERSION + 1, SHARE_START };

	assert_int_equal(send(e->at[0], "?", 1, 0), 1);
	assert_int_equal(share_receive(e->at[1], &got), -1);
	assert_int_equal(send(e->at[0], words, sizeof(words), 0), sizeof(words));
	assert_int_equal(share_receive(e->at[1], &got), -1);
	words[1] = SHARE_VERSION;
	assert_int_equal(send(e->at[0], words, sizeof(words) - 1, 0), sizeof(words) - 1);
	assert_int_equal(share_receive(e->at[1], &got), -1);
	assert_int_equal(send(e->at[0], words, sizeof(words), 0), sizeof(words));
	assert_int_equal(share_receive(e->at[1], &got), 1);
	assert_null(share_string(&got, &(size_t){ 0 }));
	share_packet_clear(&got);
}

/* One more than there is a place for. */
static void too_many_pipes_are_closed(void **state)
{
	const struct ends *e = *state;
	uint32_t words[6] = { 0x62796b70U, SHARE_VERSION, SHARE_START };
	struct iovec part = { words, sizeof(words) };
	struct {
		struct share_packet packet;
		int behind;
	} got = { .packet = { .pipes = { -1, -1, -1 } }, .behind = -7 };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = { .align = { .cmsg_len = CMSG_LEN(4 * sizeof(int)),
				 .cmsg_level = SOL_SOCKET,
				 .cmsg_type = SCM_RIGHTS } };
	const struct msghdr m = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	int fds[4], pipes[2];
	char byte;

	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	for (int i = 0; i < 4; i++)
		fds[i] = pipes[1];
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	assert_int_equal(sendmsg(e->at[0], &m, 0), sizeof(words));
	assert_int_equal(share_receive(e->at[1], &got.packet), 1);
	assert_int_equal(got.behind, -7);
	share_packet_clear(&got.packet);
	close(pipes[1]);
	/* The end: nobody has one that writes. */
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
}

static void a_string_without_an_end_is_none(void **state)
{
	struct share_packet p = empty();
	size_t at = 0;

	(void)state;
	text_addn(&p.data, "open", 4);
	assert_null(share_string(&p, &at));
	share_packet_clear(&p);
}

static void what_is_too_long_is_told(void **state)
{
	const struct ends *e = *state;
	struct share_packet p = { .word = SHARE_START, .pipes = { -1, -1, -1 } };
	cleanup_free char *much = xcalloc(1, 1 << 20);

	text_addn(&p.data, much, 1 << 20);
	assert_int_equal(share_send(e->at[0], &p, NULL), -1);
	assert_int_equal(errno, EMSGSIZE);
	share_packet_clear(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_comes_whole),           TEST(an_error_comes_with_its_hint),
		TEST(who_closes_is_heard_to_the_end), TEST(nonsense_is_refused),
		TEST(too_many_pipes_are_closed),      TEST(a_string_without_an_end_is_none),
		TEST(what_is_too_long_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
