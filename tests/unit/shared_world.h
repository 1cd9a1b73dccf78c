/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real keepers before a private sshd: they are this test's own program, which main() makes a keeper if it is called as
 * one. Commands run in children, so that several do at once.
 */
#ifndef TESTS_UNIT_SHARED_WORLD_H
#define TESTS_UNIT_SHARED_WORLD_H

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "cli/shared_place.h"
#include "cli/shared_start.h"
#include "guest/share_client.h"

#include "shared_look.h"

#define MARK "mark"
#define BROKE 98 /* statuses of children */
#define ELSEWHERE 97

static unsigned keep_s = 60;

static enum share_outcome visit(const struct sshd *s, const struct guest_session *session,
				const char *mark, int *out_status, struct error *err)
{
	struct shared_target t = { .target = session_target(s),
				   .mark = mark,
				   .directory = machine_directory,
				   .keep_s = keep_s };
	struct share_visit v = { .machine = "web",
				 .mark = mark,
				 .fd = shared_connect(machine_directory),
				 .deadline_ms = clock_ms() + SESSION_WAIT_MS };
	enum share_outcome outcome;

	if (v.fd < 0 && shared_start(&t, &v.fd, err) < 0)
		return SHARE_BROKE;
	outcome = share_attach(&v, session, out_status, err);
	close(v.fd);
	return outcome;
}

/* In a child, which ends with the status. Descriptors that are parents_fd or less than 0 are not its own. */
static SSHD_UNUSED pid_t begin(void **state, const struct guest_session *session, int parents_fd)
{
	struct error err = { 0 };
	int status = 99;
	enum share_outcome outcome;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (parents_fd >= 0)
		close(parents_fd);
	stop_install_handlers();
	outcome = visit(*state, session, MARK, &status, &err);
	if (outcome == SHARE_BROKE)
		fprintf(stderr, "# %s\n", err.text);
	_exit(outcome == SHARE_DONE ? status : outcome == SHARE_BROKE ? BROKE : ELSEWHERE);
}

static SSHD_UNUSED int ended(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Its status; no input, its output is not looked at. */
static SSHD_UNUSED int runs(void **state, const char *command)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct guest_session session = {
		.command = command, .in_fd = null, .out_fd = null, .err_fd = null
	};
	int status = ended(begin(state, &session, -1));

	close(null);
	return status;
}

static SSHD_UNUSED void tell(enum share_word word)
{
	shared_tell(machine_directory, &(struct share_packet){ .word = word }, SESSION_WAIT_MS);
}

/* cmocka fixtures. The path is longer than an address of a socket can be. */
static SSHD_UNUSED int shared_setup(void **state)
{
	struct error err = { 0 };
	struct sshd *s;

	if (sshd_setup(state) < 0)
		return -1;
	if (!*state)
		return 0;
	s = *state;
	machine_directory = xasprintf("%s/%0*d", s->directory, 120, 0);
	keep_s = 60;
	guest_close(&(struct guest *){ session_of(state) });
	return fs_make_dirs(machine_directory, 0700, NULL, &err);
}

static SSHD_UNUSED int shared_teardown(void **state)
{
	if (*state) {
		tell(SHARE_LEAVE);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		free(take_ptr(machine_directory));
	}
	return session_teardown(state);
}

static SSHD_UNUSED int be_keeper(int argc, char **argv)
{
	struct error err = { 0 };

	stop_install_handlers();
	return shared_keeper_main(NULL, argc - 2, argv + 2, &err) < 0;
}

#endif
