/* SPDX-License-Identifier: Apache-2.0 */
/* Small files from a server that misbehaves, and who gets to know which secret. */
#include "boxes/http.h"

#include <pthread.h>

#include "tests/unit/web_log.h"

static const struct http_conf quick = { .retry_wait_ms = 10, .stall_s = 20, .retries = 2 };

static int setup_group(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	setenv("NETRC", "/nonexistent", 1);
	if (web_start() < 0)
		return -1;
	web_put("hello", "hello\n", 6);
	return 0;
}

static int teardown_group(void **state)
{
	(void)state;
	return web_stop();
}

static int setup(void **state)
{
	(void)state;
	stop_set(false);
	web_forget_log();
	return 0;
}

static void assert_get(const struct http_conf *conf, const char *url, const char *body)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	if (http_get(conf, url, 1 << 20, &t, &err) < 0)
		fail_msg("%s: %s", url, err.text);
	assert_string_equal(text_str(&t), body);
}

static void assert_fails(const struct http_conf *conf, const char *url, enum error_kind kind,
			 const char *has)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	assert_int_equal(http_get(conf, url, 1 << 20, &t, &err), -1);
	if (err.kind != kind || !strstr(err.text, has))
		fail_msg("%s: kind %d: %s", url, err.kind, err.text);
	assert_int_equal(t.len, 0);
}

/* --- answers --------------------------------------------------------------------------------- */

static void a_file_is_fetched(void **state)
{
	(void)state;
	assert_get(&quick, web_url("hello"), "hello\n");
	assert_get(&quick, web_url("chunked/hello"), "hello\n");
	assert_get(&quick, web_url("unframed/hello"), "hello\n");
	assert_get(&quick, web_url("type/text%2Fhtml/hello#part"), "hello\n");
	web_wait_logged("GET /hello", "agent=bothy/" BOTHY_VERSION, 1);
}

static void statuses_become_kinds(void **state)
{
	(void)state;
	assert_fails(&quick, web_url("none?token=secret"), ERROR_NOT_FOUND,
		     "/none': there is no such file (HTTP status 404)");
	assert_fails(&quick, web_url("status/410/hello?times=9"), ERROR_NOT_FOUND, "410");
	assert_fails(&quick, web_url("status/401/hello?times=9"), ERROR_DENIED, "login");
	assert_fails(&quick, web_url("status/403/hello?times=9"), ERROR_DENIED, "403");
	assert_fails(&quick, web_url("status/418/hello?times=9"), ERROR_BOX, "418");
	/* Lasting ones are not tried again. */
	web_wait_logged("GET /status/403", "status=403", 1);
}

static void what_passes_is_tried_again(void **state)
{
	static const char *const paths[] = {
		"status/503/hello?times=2",
		"status/429/hello?retry_after=1",
		"status/408/hello",
		"status/500/hello?a",
		"cut/50/hello",
		"cut/0/hello?reset=1",
		"dead/hello?times=2",
		"cut/50/chunked/hello",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int64_t began_ms = clock_ms();

		assert_get(&quick, web_url(paths[i]), "hello\n");
		if (strstr(paths[i], "retry_after"))
			assert_in_range(clock_ms() - began_ms, 900, 10000);
	}
	assert_fails(&quick, web_url("status/503/hello?times=9"), ERROR_BOX, "503");
	web_wait_logged("GET /status/503/hello?times=9", "status=503", 3);
}

static void a_refused_connection_is_tried_again(void **state)
{
	(void)state;
	assert_fails(&quick, "http://127.0.0.1:1/x", ERROR_BOX, "onnect");
	assert_fails(&quick, "http://no-such-host.invalid/x", ERROR_BOX, "no-such-host.invalid");
}

static void silence_ends(void **state)
{
	const struct http_conf conf = {
		.retry_wait_ms = 10, .stall_bytes = 1000, .stall_s = 1, .retries = 1
	};

	(void)state;
	assert_get(&conf, web_url("stall/50/hello"), "hello\n");
	assert_fails(&conf, web_url("stall/50/hello?times=9"), ERROR_BOX, "bytes/sec");
}

static void there_is_a_limit(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	(void)state;
	assert_int_equal(http_get(&quick, web_url("hello"), 6, &t, &err), 0);
	assert_int_equal(http_get(&quick, web_url("hello"), 5, &t, &err), -1);
	assert_non_null(strstr(err.text, "it is larger than 5 bytes"));
	assert_int_equal(http_get(&quick, web_url("chunked/hello"), 5, &t, &err), -1);
	assert_non_null(strstr(err.text, "it is larger than 5 bytes"));
	assert_int_equal(t.len, 6);
}

static void redirects_end(void **state)
{
	(void)state;
	assert_get(&quick, web_url("hop/10/hello"), "hello\n");
	assert_fails(&quick, web_url("hop/11/hello"), ERROR_BOX, "redirects more than 10 times");
	assert_fails(&quick, web_url("loop"), ERROR_BOX, "it redirects in a circle");
	assert_fails(&quick, web_url("loop/2"), ERROR_BOX, "it redirects in a circle");
	assert_fails(&quick, web_url("to?url=file:///etc/passwd"), ERROR_BOX,
		     "no http or https URL");
	assert_fails(&quick, web_url("to?url=ftp://127.0.0.1/x"), ERROR_BOX,
		     "no http or https URL");
}

/* --- secrets --------------------------------------------------------------------------------- */

static void a_token_goes_to_its_host_only(void **state)
{
	const struct http_host host = { .name = "127.0.0.1", .token = "tok" };
	const struct http_conf conf = { .hosts = &host, .host_count = 1, .retry_wait_ms = 10 };
	cleanup_free char *elsewhere = xasprintf("elsewhere/localhost:%d/hello?only", web_port);

	(void)state;
	assert_get(&conf, web_url("auth/bearer/tok/hello"), "hello\n");
	assert_fails(&quick, web_url("auth/bearer/tok/hello"), ERROR_DENIED, "login");
	assert_get(&conf, web_url(elsewhere), "hello\n");
	web_wait_logged("GET /elsewhere", "authorization=Bearer tok", 1);
	web_wait_logged("host=localhost", "authorization=- ", 1);
	assert_int_equal(web_logged("host=localhost", "tok"), 0);
	/* On the same host it stays. */
	assert_get(&conf, web_url("hop/1/auth/bearer/tok/hello"), "hello\n");
}

static void a_token_on_loopback_is_not_shown_to_a_proxy(void **state)
{
	const struct http_host host = { .name = "localhost", .token = "tok" };
	const struct http_conf conf = { .hosts = &host, .host_count = 1, .retry_wait_ms = 10 };
	cleanup_free char *url = xasprintf("http://localhost:%d/hello?loop", web_port);
	cleanup_free char *proxy = xasprintf("http://127.0.0.1:%d", web_port);

	(void)state;
	setenv("http_proxy", proxy, 1);
	assert_get(&conf, url, "hello\n");
	web_wait_logged("GET /hello?loop", "tok agent=bothy/" BOTHY_VERSION " proxy=- ", 1);
	/* Anything else goes through it. */
	assert_get(&quick, "http://elsewhere.invalid/hello", "hello\n");
	unsetenv("http_proxy");
	web_wait_logged("host=elsewhere.invalid", "proxy=http", 1);
}

static void netrc_is_asked(void **state)
{
	cleanup_free char *netrc = web_path("netrc");
	cleanup_free char *elsewhere = xasprintf("elsewhere/localhost:%d/hello?netrc", web_port);
	const char text[] = "machine 127.0.0.1 login me password pw\n";
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(fs_write(netrc, text, strlen(text), 0600, NULL, &err), 0);
	setenv("NETRC", netrc, 1);
	assert_get(&quick, web_url("auth/basic/me:pw/hello"), "hello\n");
	assert_get(&quick, web_url(elsewhere), "hello\n");
	setenv("NETRC", "/nonexistent", 1);
	web_wait_logged("host=localhost", "authorization=- ", 1);
	assert_fails(&quick, web_url("auth/basic/me:pw/hello"), ERROR_DENIED, "login");
}

static void a_login_in_the_url_is_used_and_not_shown(void **state)
{
	const struct http_host host = { .name = "127.0.0.1", .token = "tok" };
	const struct http_conf conf = { .hosts = &host, .host_count = 1, .retry_wait_ms = 10 };
	cleanup_free char *good =
		xasprintf("http://me:pw@127.0.0.1:%d/auth/basic/me:pw/hello", web_port);
	cleanup_free char *bad =
		xasprintf("http://me:sesame@127.0.0.1:%d/auth/basic/me:pw/hello", web_port);
	cleanup_free char *away = xasprintf(
		"http://me:sesame@127.0.0.1:%d/elsewhere/localhost:%d/hello", web_port, web_port);
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	(void)state;
	assert_get(&quick, good, "hello\n");
	/* It is meant for this file, a token for all of the host's. */
	assert_get(&conf, good, "hello\n");
	assert_int_equal(http_get(&quick, bad, 100, &t, &err), -1);
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_null(strstr(err.text, "sesame"));
	assert_non_null(strstr(err.hint, ".netrc"));
	assert_get(&quick, away, "hello\n");
	web_wait_logged("host=localhost", "authorization=- ", 1);
}

/* --- TLS ------------------------------------------------------------------------------------- */

/* A server with a certificate of its own making; files hold whole answers. */
static pid_t tls_start(int *out_port)
{
	cleanup_free char *command = xasprintf(
		"cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 -subj "
		"/CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null && "
		"printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\ntls\\n' >good && "
		"printf 'HTTP/1.0 302 Found\\r\\nLocation: http://127.0.0.1:%d/hello\\r\\n\\r\\n' >down && "
		"exec openssl s_server -HTTP -accept 127.0.0.1:0 -cert cert -key key 2>/dev/null",
		web_dir, web_port);
	char line[256];
	int out[2];
	FILE *from;
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(out[1]);
	from = fdopen(out[0], "r");
	*out_port = 0;
	while (!*out_port && fgets(line, sizeof(line), from))
		if (strncmp(line, "ACCEPT ", 7) == 0)
			*out_port = (int)strtol(strrchr(line, ':') + 1, NULL, 10);
	fclose(from);
	return pid;
}

static void certificates_are_checked(void **state)
{
	cleanup_free char *cert = web_path("cert"), *good = NULL, *down = NULL;
	struct http_host host = { .name = "127.0.0.1" };
	struct http_conf conf = { .hosts = &host, .host_count = 1, .retry_wait_ms = 10 };
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };
	int port;
	pid_t pid = tls_start(&port);

	(void)state;
	assert_int_not_equal(port, 0);
	good = xasprintf("https://127.0.0.1:%d/good", port);
	down = xasprintf("https://127.0.0.1:%d/down", port);
	assert_int_equal(http_get(&conf, good, 100, &t, &err), -1);
	assert_non_null(strstr(err.text, "certificate"));
	assert_non_null(strstr(err.hint, "ca_file"));
	host.ca_file = cert;
	assert_get(&conf, good, "tls\n");
	assert_fails(&conf, down, ERROR_BOX, "not encrypted: refused");
	/* What is said of one host holds for no other. */
	host.name = "localhost";
	assert_fails(&conf, good, ERROR_BOX, "certificate");
	host = (struct http_host){ .insecure = true };
	assert_get(&conf, good, "tls\n");
	host.ca_file = "/nonexistent";
	host.insecure = false;
	assert_fails(&conf, good, ERROR_BOX, "cannot fetch");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

/* --- interruption ---------------------------------------------------------------------------- */

static void *stop_soon(void *ctx)
{
	(void)ctx;
	web_wait_logged("begin", "stop", 1);
	stop_set(true);
	return NULL;
}

static void the_user_may_interrupt(void **state)
{
	static const char *const paths[] = { "stall/0/hello?stop",
					     "status/503/hello?stop&retry_after=60" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_text struct text t = { 0 };
		int64_t began_ms = clock_ms();
		pthread_t thread;

		web_forget_log();
		assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
		assert_int_equal(http_get(&(const struct http_conf){ 0 }, web_url(paths[i]), 100,
					  &t, &err),
				 -1);
		pthread_join(thread, NULL);
		stop_set(false);
		assert_int_equal(err.kind, ERROR_STOPPED);
		assert_in_range(clock_ms() - began_ms, 0, 5000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_is_fetched, setup),
		cmocka_unit_test_setup(statuses_become_kinds, setup),
		cmocka_unit_test_setup(what_passes_is_tried_again, setup),
		cmocka_unit_test_setup(a_refused_connection_is_tried_again, setup),
		cmocka_unit_test_setup(silence_ends, setup),
		cmocka_unit_test_setup(there_is_a_limit, setup),
		cmocka_unit_test_setup(redirects_end, setup),
		cmocka_unit_test_setup(a_token_goes_to_its_host_only, setup),
		cmocka_unit_test_setup(a_token_on_loopback_is_not_shown_to_a_proxy, setup),
		cmocka_unit_test_setup(netrc_is_asked, setup),
		cmocka_unit_test_setup(a_login_in_the_url_is_used_and_not_shown, setup),
		cmocka_unit_test_setup(certificates_are_checked, setup),
		cmocka_unit_test_setup(the_user_may_interrupt, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
