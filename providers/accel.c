/* SPDX-License-Identifier: Apache-2.0 */
/* KVM or TCG. */
#include "providers/accel.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/text.h"

#define DEVICE "/dev/kvm"

const char *accel_name(enum accel accel)
{
	static const char *const names[] = {
		[ACCEL_AUTO] = "auto",
		[ACCEL_KVM] = "kvm",
		[ACCEL_TCG] = "tcg",
	};

	return names[accel];
}

static bool has_word(const char *s, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(s, word); at; at = strstr(at + len, word))
		if (at > s && at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n' || !at[len]))
			return true;
	return false;
}

bool accel_cpu_can(const struct kvm_arch *arch)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text info = { 0 };

	if (!arch->is_x86 || fs_read("/proc/cpuinfo", (size_t)16 << 20, &info, &ignored) < 0)
		return true;
	return has_word(text_str(&info), "vmx") || has_word(text_str(&info), "svm");
}

static char *find_problem(struct libvirt_provider *p, const struct kvm_arch *arch)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *caps = NULL;

	if (p->is_test)
		return xstrdup("libvirt's test driver has none");
	if (!accel_cpu_can(arch))
		return xstrdup("this CPU has neither vmx nor svm");
	if (!fs_exists(DEVICE))
		return xstrdup(DEVICE " does not exist");
	caps = virt.ConnectGetDomainCapabilities(p->conn, NULL, arch->name, arch->machine, "kvm",
						 0);
	if (caps)
		return NULL;
	libvirt_error(&err, "libvirt cannot use " DEVICE);
	return xstrdup(err.text);
}

bool accel_kvm_usable(struct libvirt_provider *p, const struct kvm_arch *arch, const char **out_why)
{
	libvirt_locked(p);

	if (p->kvm_usable < 0) {
		p->kvm_problem = find_problem(p, arch);
		p->kvm_usable = !p->kvm_problem;
	}
	*out_why = p->kvm_problem;
	return p->kvm_usable;
}

int accel_choose(struct libvirt_provider *p, const struct machine *m, const struct kvm_arch *arch,
		 const char **out_type, struct error *err)
{
	const char *why;
	bool usable = m->accel != ACCEL_TCG && accel_kvm_usable(p, arch, &why);

	if (m->accel == ACCEL_KVM && !usable) {
		error_set(err, ERROR_PROVIDER, "machine '%s' cannot have KVM: %s", m->name, why);
		return error_hint(
			err, "leave accel out, or set kvm = { accel = \"tcg\" }: slower, but works "
			     "everywhere");
	}
	if (p->is_test)
		*out_type = "test";
	else
		*out_type = usable ? "kvm" : "qemu";
	return 0;
}
