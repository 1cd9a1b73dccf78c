/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to libvirt, its errors and its handles. */
#include "providers/libvirt.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/text.h"

static enum error_kind kind_of(const virError *e)
{
	switch (e->code) {
	case VIR_ERR_NO_CONNECT:
	case VIR_ERR_INVALID_CONN:
	case VIR_ERR_RPC:
		return ERROR_ENGINE;
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
	case VIR_ERR_ACCESS_DENIED:
	case VIR_ERR_OPERATION_DENIED:
		return ERROR_DENIED;
	case VIR_ERR_NO_DOMAIN:
	case VIR_ERR_NO_NETWORK:
	case VIR_ERR_NO_STORAGE_POOL:
	case VIR_ERR_NO_STORAGE_VOL:
		return ERROR_NOT_FOUND;
	case VIR_ERR_OPERATION_TIMEOUT:
		return ERROR_TIMEOUT;
	case VIR_ERR_RESOURCE_BUSY:
		return ERROR_BUSY;
	default:
		return e->domain == VIR_FROM_RPC ? ERROR_ENGINE : ERROR_PROVIDER;
	}
}

/* libvirt's message without the words that only say which of its codes it is. */
static char *message_of(const virError *e)
{
	static const char *const prefixes[] = {
		"internal error: ", "operation failed: ", "Requested operation is not valid: ",
		"authentication failed: ", "authentication unavailable: "
	};
	const char *s = e->message ? e->message : "unknown error";
	struct text t = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (text_has_prefix(s, prefixes[i]) && s[strlen(prefixes[i])])
			s += strlen(prefixes[i]);
	text_add(&t, s);
	while (t.len && (isspace((unsigned char)t.ptr[t.len - 1]) || t.ptr[t.len - 1] == '.'))
		t.ptr[--t.len] = '\0';
	if (t.len > 1 && isupper((unsigned char)t.ptr[0]) && !isupper((unsigned char)t.ptr[1]))
		t.ptr[0] = (char)tolower((unsigned char)t.ptr[0]);
	return text_take(&t);
}

int libvirt_error(struct error *err, const char *fmt, ...)
{
	const virError *e = virt.GetLastError();
	const virError unknown = { .code = VIR_ERR_INTERNAL_ERROR };
	cleanup_text struct text what = { 0 };
	cleanup_free char *message = NULL;
	enum error_kind kind;
	va_list args;

	if (!e || e->code == VIR_ERR_OK)
		e = &unknown;
	va_start(args, fmt);
	text_addv(&what, fmt, args);
	va_end(args);
	message = message_of(e);
	kind = kind_of(e);
	error_set(err, kind, "%s: %s", text_str(&what), message);
	err->code = e->code;
	if (kind == ERROR_DENIED)
		error_hint(err, "sudo adduser $USER libvirt, then log in again");
	virt.ResetLastError();
	return -1;
}

int libvirt_error_code(void)
{
	const virError *e = virt.GetLastError();

	return e ? e->code : VIR_ERR_OK;
}

int libvirt_open_error(const char *uri, struct error *err)
{
	const virError *e = virt.GetLastError();
	int code = e ? e->code : VIR_ERR_OK, errnum = e ? e->int1 : 0;

	libvirt_error(err, "cannot reach libvirt at '%s'", uri);
	if (err->kind == ERROR_DENIED)
		return -1;
	err->kind = ERROR_ENGINE;
	if (code == VIR_ERR_SYSTEM_ERROR && (errnum == EACCES || errnum == EPERM)) {
		err->kind = ERROR_DENIED;
		return error_hint(err, "sudo adduser $USER libvirt, then log in again");
	}
	if (!fs_exists("/usr/sbin/libvirtd") && !fs_exists("/usr/sbin/virtqemud"))
		return error_hint(
			err, "sudo apt install libvirt-daemon-system qemu-system-x86 dnsmasq-base");
	if (code == VIR_ERR_NO_CONNECT && text_has_prefix(uri, "lxc:"))
		return error_hint(err, "sudo apt install libvirt-daemon-driver-lxc && "
				       "sudo systemctl restart libvirtd");
	if (code == VIR_ERR_NO_CONNECT)
		return error_hint(err,
				  "sudo apt install libvirt-daemon-driver-qemu qemu-system-x86 && "
				  "sudo systemctl restart libvirtd");
	return error_hint(err, "sudo systemctl start libvirtd");
}

virConnectPtr libvirt_connect(const char *uri, bool read_only)
{
	virConnectPtr conn = read_only ? virt.ConnectOpenReadOnly(uri) : NULL;

	return conn ? conn : virt.ConnectOpen(uri);
}

int libvirt_open(const struct provider_ops *ops, const char *uri, const char *peer_uri,
		 const struct provider_conf *conf, struct provider **out, struct error *err)
{
	struct libvirt_provider *p;
	virConnectPtr conn;
	const char *type;

	if (libvirt_load(err) < 0)
		return -1;
	conn = libvirt_connect(conf->uri ? conf->uri : uri, conf->read_only);
	if (!conn)
		return libvirt_open_error(conf->uri ? conf->uri : uri, err);
	p = xcalloc(1, sizeof(*p));
	p->base.ops = ops;
	p->conn = conn;
	p->home = xstrdup(conf->home);
	p->peer_uri = conf->uri ? NULL : peer_uri;
	type = virt.ConnectGetType(conn);
	p->is_test = type && strcasecmp(type, "test") == 0;
	p->kvm_usable = -1;
	pthread_mutex_init(&p->mutex, NULL);
	*out = &p->base;
	return 0;
}

void libvirt_close(struct provider *base)
{
	struct libvirt_provider *p = libvirt_of(base);

	virt.ConnectClose(p->conn);
	pthread_mutex_destroy(&p->mutex);
	free(p->kvm_problem);
	free(p->home);
	free(p);
}

struct libvirt_provider *libvirt_of(struct provider *p)
{
	return (struct libvirt_provider *)(void *)p;
}

void libvirt_free_domain(virDomainPtr *d)
{
	if (*d)
		virt.DomainFree(*d);
	*d = NULL;
}

void libvirt_free_network(virNetworkPtr *n)
{
	if (*n)
		virt.NetworkFree(*n);
	*n = NULL;
}

void libvirt_free_pool(virStoragePoolPtr *p)
{
	if (*p)
		virt.StoragePoolFree(*p);
	*p = NULL;
}

void libvirt_free_volume(virStorageVolPtr *v)
{
	if (*v)
		virt.StorageVolFree(*v);
	*v = NULL;
}

void libvirt_unlock(pthread_mutex_t **m)
{
	pthread_mutex_unlock(*m);
}
