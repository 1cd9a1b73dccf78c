/* SPDX-License-Identifier: Apache-2.0 */
/* Findings for doctor; package names are Debian's. */
#include "providers/libvirt_doctor.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "providers/accel.h"
#include "providers/folder_ability.h"
#include "providers/kvm_xml.h"
#include "providers/libvirt.h"

#define DEVICE "/dev/kvm"

static void add_error(struct problems *out, struct error *err)
{
	problems_add(out, NULL, 0, "%s", err->text);
	if (err->hint)
		problems_hint(out, "%s", err->hint);
	error_clear(err);
}

/* Looks in the directories where Debian keeps programs for root, whatever PATH says. */
static bool has_program(const char *name)
{
	static const char *const directories[] = { "/usr/sbin",      "/usr/bin", "/usr/local/sbin",
						   "/usr/local/bin", "/sbin",    "/bin" };

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		cleanup_free char *path = fs_join(directories[i], name);

		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static void report_dnsmasq(struct problems *out)
{
	if (has_program("dnsmasq"))
		return;
	problems_add(out, NULL, 0,
		     "dnsmasq is missing: networks cannot give out addresses and names");
	problems_hint(out, "sudo apt install dnsmasq-base");
}

static void report_virtiofsd(struct problems *out)
{
	if (folder_ability_virtiofsd())
		return;
	problems_add(out, NULL, 0,
		     "virtiofsd is missing: folders of virtual machines are copied, not shared");
	problems_hint(out, "sudo apt install virtiofsd");
}

static virConnectPtr connect_to(const char *uri, struct problems *out)
{
	struct error err = { 0 };
	virConnectPtr conn;

	if (libvirt_load(&err) < 0) {
		add_error(out, &err);
		return NULL;
	}
	conn = virt.ConnectOpen(uri);
	if (!conn) {
		libvirt_open_error(uri, &err);
		add_error(out, &err);
	}
	return conn;
}

static void report_qemu(virConnectPtr conn, const struct kvm_arch *arch, struct problems *out)
{
	cleanup_free char *caps =
		virt.ConnectGetDomainCapabilities(conn, NULL, arch->name, arch->machine, "qemu", 0);
	struct error err = { 0 };

	if (caps)
		return;
	libvirt_error(&err, "libvirt cannot run QEMU");
	problems_add(out, NULL, 0, "%s", err.text);
	problems_hint(out, "sudo apt install %s",
		      arch->is_x86 ? "qemu-system-x86" : "qemu-system-arm");
	error_clear(&err);
}

/* The group's id, or -1 if there is no such group. */
static long group_id(const char *name)
{
	struct group entry, *found = NULL;
	char buf[4096];

	if (getgrnam_r(name, &entry, buf, sizeof(buf), &found) == 0 && found)
		return (long)found->gr_gid;
	return -1;
}

/*
 * libvirt's QEMU runs as a user of the group kvm. With a node that only root may open, libvirt finds
 * KVM usable as root and unusable as that user, and looks at QEMU anew, for many seconds, each time.
 */
static void report_node(struct problems *out)
{
	bool others, members;
	struct stat st;

	if (stat(DEVICE, &st) < 0 || !S_ISCHR(st.st_mode))
		return;
	others = (st.st_mode & 06) == 06;
	members = (st.st_mode & 060) == 060 && (long)st.st_gid == group_id("kvm");
	if (others || members)
		return;
	problems_add(out, NULL, 0,
		     DEVICE
		     " cannot be opened by libvirt's QEMU (mode %04o): machines are slow to define "
		     "and do without KVM",
		     (unsigned)st.st_mode & 07777);
	if (group_id("kvm") >= 0)
		problems_hint(out, "sudo chgrp kvm " DEVICE " && sudo chmod 660 " DEVICE);
	else
		problems_hint(out, "sudo chmod 666 " DEVICE);
}

static void report_accel(virConnectPtr conn, const struct kvm_arch *arch, struct problems *out)
{
	cleanup_free char *caps = NULL;
	struct error err = { 0 };

	if (!accel_cpu_can(arch)) {
		problems_add(
			out, NULL, 0,
			"virtual machines run by emulation, slowly: this CPU has neither vmx nor svm");
		problems_hint(out, "switch virtualization on in the firmware, or use provider = "
				   "\"container\"");
		return;
	}
	if (!fs_exists(DEVICE)) {
		problems_add(out, NULL, 0,
			     "virtual machines run by emulation, slowly: " DEVICE
			     " does not exist");
		problems_hint(out, "sudo modprobe %s",
			      arch->is_x86 ? "-a kvm_intel kvm_amd" : "kvm");
		return;
	}
	caps = virt.ConnectGetDomainCapabilities(conn, NULL, arch->name, arch->machine, "kvm", 0);
	if (caps)
		return;
	libvirt_error(&err, "virtual machines run by emulation, slowly");
	add_error(out, &err);
}

void libvirt_report_kvm(const char *uri, struct problems *out)
{
	const struct kvm_arch *arch = kvm_arch_host();
	virConnectPtr conn = connect_to(uri, out);

	report_dnsmasq(out);
	report_virtiofsd(out);
	report_node(out);
	if (!conn)
		return;
	if (arch) {
		report_qemu(conn, arch, out);
		report_accel(conn, arch, out);
	} else {
		problems_add(out, NULL, 0,
			     "virtual machines are not supported on this architecture");
	}
	virt.ConnectClose(conn);
}

void libvirt_report_container(const char *uri, struct problems *out)
{
	virConnectPtr conn = connect_to(uri, out);

	report_dnsmasq(out);
	if (conn)
		virt.ConnectClose(conn);
}
