/* SPDX-License-Identifier: Apache-2.0 */
/* Domains: found by their metadata, started, stopped. */
#include "providers/libvirt_domain.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"
#include "core/text.h"
#include "providers/libvirt_card.h"

#define POLL_MS 20
#define START_AGAIN 5
#define ASK_AGAIN_MS 5000 /* a guest that is still booting may miss the first request */
#define ASK_RETRY_MS 100
#define PROJECT_NAME_MAX 40

int libvirt_find(struct libvirt_provider *p, const char *id, virDomainPtr *out, struct error *err)
{
	virDomainPtr dom = virt.DomainLookupByUUIDString(p->conn, id);

	if (!dom && libvirt_error_code() != VIR_ERR_NO_DOMAIN)
		return libvirt_error(err, "cannot look for machine '%s'", id);
	*out = dom;
	return 0;
}

int libvirt_get(struct libvirt_provider *p, const char *id, virDomainPtr *out, struct error *err)
{
	virDomainPtr dom = NULL;

	if (libvirt_find(p, id, &dom, err) < 0)
		return -1;
	if (!dom)
		return error_set(err, ERROR_NOT_FOUND, "there is no machine '%s'", id);
	*out = dom;
	return 0;
}

int libvirt_describe(virDomainPtr dom, xmlDocPtr *out, struct tag *tag, struct error *err)
{
	cleanup_free char *text = virt.DomainGetXMLDesc(dom, 0);
	cleanup_xml_doc xmlDocPtr doc = NULL;

	if (!text)
		return libvirt_error(err, "cannot describe a machine");
	if (xml_parse(text, "a machine", &doc, err) < 0)
		return -1;
	if (!tag_read(doc, "machine", tag))
		return error_set(err, ERROR_NOT_FOUND, "'%s' is no machine of bothy",
				 virt.DomainGetName(dom));
	*out = take_ptr(doc);
	return 0;
}

/* Calls `see` for each domain with a tag of ours until it returns other than 0, which is the result. */
static int each_tag(virConnectPtr conn,
		    int (*see)(void *ctx, virDomainPtr dom, const struct tag *tag), void *ctx,
		    struct error *err)
{
	virDomainPtr *doms = NULL;
	int n = virt.ConnectListAllDomains(conn, &doms, 0), ret = 0;

	if (n < 0)
		return libvirt_error(err, "cannot list the machines");
	for (int i = 0; i < n; i++) {
		cleanup_free char *text = ret == 0 ? virt.DomainGetXMLDesc(doms[i], 0) : NULL;
		cleanup_error struct error ignored = { 0 };
		cleanup_xml_doc xmlDocPtr doc = NULL;
		struct tag tag;

		/* One that vanished since it was listed is not there. */
		if (text && tag_maybe(text) && xml_parse(text, "a machine", &doc, &ignored) == 0 &&
		    tag_read(doc, "machine", &tag))
			ret = see(ctx, doms[i], &tag);
		virt.DomainFree(doms[i]);
	}
	free(doms);
	return ret;
}

static int is_of_project(void *project_id, virDomainPtr dom, const struct tag *tag)
{
	(void)dom;
	return strcmp(tag->project_id, project_id) == 0;
}

int libvirt_has_domains(virConnectPtr conn, const char *project_id, bool *out, struct error *err)
{
	cleanup_free char *id = xstrdup(project_id);
	int found = each_tag(conn, is_of_project, id, err);

	if (found < 0)
		return -1;
	*out = found;
	return 0;
}

struct box_user {
	const char *digest;
	char *name; /* found */
};

static int is_box_user(void *ctx, virDomainPtr dom, const struct tag *tag)
{
	struct box_user *user = ctx;

	(void)dom;
	if (!tag->machine || !text_equal(tag->box_digest, user->digest))
		return 0;
	user->name = xasprintf("machine '%s' of project '%s'", tag->machine,
			       tag->project ? tag->project : tag->project_id);
	return 1;
}

int libvirt_find_box_user(virConnectPtr conn, const char *digest, char **out, struct error *err)
{
	struct box_user user = { .digest = digest };

	if (each_tag(conn, is_box_user, &user, err) < 0)
		return -1;
	*out = user.name;
	return 0;
}

static void add_sanitized(struct text *t, const char *s, size_t max)
{
	for (; *s && max; s++, max--) {
		char c = (char)tolower((unsigned char)*s);

		if (!isascii((unsigned char)c) || (!isalnum((unsigned char)c) && c != '.'))
			c = '-';
		text_addn(t, &c, 1);
	}
}

char *libvirt_domain_name(const struct project *project, const char *machine)
{
	struct text t = { 0 };

	add_sanitized(&t, project->name, PROJECT_NAME_MAX);
	text_add(&t, "-");
	add_sanitized(&t, machine, 64);
	text_addf(&t, "-%s", project->id);
	while (t.ptr[0] == '-' || t.ptr[0] == '.')
		memmove(t.ptr, t.ptr + 1, t.len--);
	return text_take(&t);
}

char *libvirt_owner(void)
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	struct passwd entry, *found = NULL;
	char buf[4096];

	if (sudo && *sudo)
		return xstrdup(sudo);
	if (getpwuid_r(getuid(), &entry, buf, sizeof(buf), &found) == 0 && found)
		return xstrdup(found->pw_name);
	return xasprintf("%u", (unsigned)getuid());
}

struct tag libvirt_tag(const struct provider *p, const struct provider_creation *what,
		       const char *owner)
{
	const struct machine *m = what->machine;

	return (struct tag){
		.version = BOTHY_VERSION,
		.project_id = what->env->project.id,
		.project = what->env->project.name,
		.directory = what->env->project.directory,
		.owner = owner,
		.machine = m->name,
		.provider = p->ops->name,
		.box = what->image ? what->image->name : NULL,
		.box_digest = what->image ? what->image->digest : NULL,
		.hostname = m->hostname,
		.login_user = what->login_user,
		.key_id = what->key_id,
		.complete = "no",
	};
}

struct leftovers {
	const struct provider_creation *what;
	const char *provider;
	char *id; /* found */
	bool complete;
};

static int is_leftover(void *ctx, virDomainPtr dom, const struct tag *tag)
{
	struct leftovers *l = ctx;

	if (strcmp(tag->project_id, l->what->env->project.id) != 0 ||
	    !text_equal(tag->machine, l->what->machine->name) ||
	    !text_equal(tag->provider, l->provider))
		return 0;
	l->id = libvirt_id(dom);
	l->complete = text_equal(tag->complete, "yes");
	return 1;
}

int libvirt_remove_leftovers(struct libvirt_provider *p, const struct provider_creation *what,
			     struct error *err)
{
	if (stop_check(0, "creating the machine", err) < 0)
		return -1;
	for (;;) {
		struct leftovers l = { .what = what, .provider = p->base.ops->name };
		int found = each_tag(p->conn, is_leftover, &l, err);
		cleanup_free char *id = l.id;

		if (found <= 0)
			return found;
		if (l.complete)
			return error_set(err, ERROR_PROVIDER, "machine '%s' exists already",
					 what->machine->name);
		if (p->base.ops->machine_remove(&p->base, id, err) < 0)
			return error_wrap(err, "cannot remove what is left of machine '%s'",
					  what->machine->name);
	}
}

int libvirt_define(struct libvirt_provider *p, const char *xml, virDomainPtr *out,
		   struct error *err)
{
	virDomainPtr dom = virt.DomainDefineXML(p->conn, xml);

	if (!dom)
		return libvirt_error(err, "cannot define the machine");
	*out = dom;
	return 0;
}

int libvirt_set_complete(virDomainPtr dom, struct error *err)
{
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_free char *text = NULL;
	struct tag tag;

	if (libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	tag.complete = "yes";
	text = tag_document("machine", &tag);
	if (virt.DomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, text, TAG_PREFIX,
				   TAG_NAMESPACE, VIR_DOMAIN_AFFECT_CONFIG) < 0)
		return libvirt_error(err, "cannot mark the machine as complete");
	return 0;
}

char *libvirt_id(virDomainPtr dom)
{
	char uuid[VIR_UUID_STRING_BUFLEN];

	if (virt.DomainGetUUIDString(dom, uuid) < 0)
		abort(); /* only for a handle that is none */
	return xstrdup(uuid);
}

/*
 * True for a container whose controller, which has the container's ID as its process ID, has ended without
 * libvirt's noticing: libvirt 9.0 goes on calling it running if that happened before both were connected.
 */
static bool is_lost(virDomainPtr dom)
{
	const char *type = virt.ConnectGetType(virt.DomainGetConnect(dom));
	unsigned controller = virt.DomainGetID(dom);

	return type && strcmp(type, "LXC") == 0 && controller != UINT_MAX &&
	       kill((pid_t)controller, 0) < 0 && errno == ESRCH;
}

int libvirt_state(virDomainPtr dom, enum machine_state *out, struct error *err)
{
	int state;

	if (virt.DomainGetState(dom, &state, NULL, 0) < 0)
		return libvirt_error(err, "cannot ask for a machine's state");
	switch (state) {
	case VIR_DOMAIN_RUNNING:
	case VIR_DOMAIN_BLOCKED:
	case VIR_DOMAIN_SHUTDOWN:
		*out = is_lost(dom) ? MACHINE_STOPPED : MACHINE_RUNNING;
		break;
	case VIR_DOMAIN_PAUSED:
	case VIR_DOMAIN_PMSUSPENDED:
		*out = MACHINE_PAUSED;
		break;
	case VIR_DOMAIN_SHUTOFF:
	case VIR_DOMAIN_CRASHED:
		*out = virt.DomainHasManagedSaveImage(dom, 0) == 1 ? MACHINE_SAVED :
								     MACHINE_STOPPED;
		break;
	default:
		*out = MACHINE_UNKNOWN;
	}
	return 0;
}

static bool is_off(enum machine_state state)
{
	return state == MACHINE_STOPPED || state == MACHINE_SAVED;
}

int libvirt_must_be_off(virDomainPtr dom, struct error *err)
{
	enum machine_state state;

	if (libvirt_state(dom, &state, err) < 0)
		return -1;
	return is_off(state) ? 0 : error_set(err, ERROR_PROVIDER, "it is running");
}

/* One that somebody else is just starting is paused for a moment, and may run before it is asked to. */
static int resume(virDomainPtr dom, struct error *err)
{
	cleanup_error struct error why = { 0 };
	enum machine_state state;

	if (virt.DomainResume(dom) == 0)
		return 0;
	libvirt_error(&why, "cannot resume the machine");
	if (libvirt_state(dom, &state, err) == 0 && state == MACHINE_RUNNING)
		return 0;
	return error_move(err, &why);
}

/* Asks libvirt whatever the state is, since it may call running what is lost. */
int libvirt_force_off(virDomainPtr dom, struct error *err)
{
	if (virt.DomainDestroy(dom) == 0 || libvirt_error_code() == VIR_ERR_OPERATION_INVALID)
		return 0;
	return libvirt_error(err, "cannot force the machine off");
}

/*
 * Machines share the control group above theirs, and where no systemd keeps it libvirt 9.0 may make and remove it for
 * several of them at once: what should be there in one moment is in the next.
 */
static bool lost_its_group(void)
{
	const virError *e = virt.GetLastError();

	return e && e->message && strstr(e->message, "/cgroup/");
}

/* Its controller was gone before libvirt could connect to it. */
static bool ended_at_once(void)
{
	const virError *e = virt.GetLastError();

	return e && e->message && strstr(e->message, "/lxc/") && strstr(e->message, ".sock'");
}

/* Containers one after the other: libvirt 9.0's LXC driver does not bear many starts at the same moment. */
static int create(struct libvirt_provider *p, virDomainPtr dom)
{
	bool in_turn = strcmp(p->base.ops->name, "container") == 0;
	int rc;

	if (in_turn)
		pthread_mutex_lock(&p->mutex);
	rc = virt.DomainCreate(dom);

	for (int again = 0; rc < 0 && again < START_AGAIN && lost_its_group(); again++) {
		stop_wait_ms(POLL_MS);
		rc = virt.DomainCreate(dom);
	}
	if (in_turn)
		pthread_mutex_unlock(&p->mutex);
	return rc;
}

int libvirt_start(struct libvirt_provider *p, virDomainPtr dom, xmlDocPtr doc, struct error *err)
{
	enum machine_state state;

	if (stop_check(0, "starting the machine", err) < 0 || libvirt_state(dom, &state, err) < 0)
		return -1;
	if (state == MACHINE_RUNNING)
		return 0;
	if (state == MACHINE_PAUSED)
		return resume(dom, err);
	if ((is_lost(dom) && libvirt_force_off(dom, err) < 0) ||
	    libvirt_network_start(p, doc, err) < 0)
		return -1;
	if (create(p, dom) == 0)
		return 0;
	if (ended_at_once())
		return error_set(err, ERROR_GUEST, "it stopped at once");
	return libvirt_error(err, "libvirt refuses");
}

int libvirt_stop(virDomainPtr dom, int (*ask)(virDomainPtr dom),
		 int (*force)(virDomainPtr dom, struct error *err), int64_t deadline_ms,
		 struct error *err)
{
	int64_t ask_at = 0;

	for (;;) {
		enum machine_state state;

		if (libvirt_state(dom, &state, err) < 0)
			return -1;
		if (is_off(state))
			return 0;
		if (stop_check(0, "stopping the machine", err) < 0)
			return -1;
		if (deadline_left_ms(deadline_ms) == 0)
			return force(dom, err);
		if (clock_ms() >= ask_at) {
			if (state == MACHINE_PAUSED)
				virt.DomainResume(dom);
			ask_at = clock_ms() + (ask(dom) == 0 ? ASK_AGAIN_MS : ASK_RETRY_MS);
		}
		stop_wait_ms(POLL_MS);
	}
}

int libvirt_undefine(virDomainPtr dom, unsigned flags, struct error *err)
{
	int ret = flags ? virt.DomainUndefineFlags(dom, flags) : virt.DomainUndefine(dom);

	/* A driver that does not know a flag has nothing of that kind to remove. */
	if (ret < 0 && flags && libvirt_error_code() == VIR_ERR_INVALID_ARG)
		ret = virt.DomainUndefine(dom);
	if (ret == 0 || libvirt_error_code() == VIR_ERR_NO_DOMAIN)
		return 0;
	return libvirt_error(err, "cannot remove the machine's definition");
}

int libvirt_machine_state(struct provider *base, const char *id, enum machine_state *out,
			  struct error *err)
{
	cleanup_domain virDomainPtr dom = NULL;

	if (libvirt_find(libvirt_of(base), id, &dom, err) < 0)
		return -1;
	if (!dom) {
		*out = MACHINE_NOT_CREATED;
		return 0;
	}
	return libvirt_state(dom, out, err);
}
