/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of libvirt's C library that bothy uses. The library is loaded when a provider is first
 * opened, since linking it would cost every command 12 ms and 12 MB; `virt.DomainCreate(…)` is
 * virDomainCreate(…).
 */
#ifndef PROVIDERS_LIBVIRT_API_H
#define PROVIDERS_LIBVIRT_API_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "core/error.h"

#define LIBVIRT_CALLS(X)                \
	X(ConnectClose)                 \
	X(ConnectGetDomainCapabilities) \
	X(ConnectGetType)               \
	X(ConnectGetURI)                \
	X(ConnectListAllDomains)        \
	X(ConnectListAllNetworks)       \
	X(ConnectOpen)                  \
	X(ConnectOpenReadOnly)          \
	X(DomainCreate)                 \
	X(DomainDefineXML)              \
	X(DomainDestroy)                \
	X(DomainFree)                   \
	X(DomainGetConnect)             \
	X(DomainGetID)                  \
	X(DomainGetName)                \
	X(DomainGetState)               \
	X(DomainGetUUIDString)          \
	X(DomainGetXMLDesc)             \
	X(DomainHasManagedSaveImage)    \
	X(DomainLookupByUUIDString)     \
	X(DomainOpenConsole)            \
	X(DomainResume)                 \
	X(DomainSendProcessSignal)      \
	X(DomainSetMetadata)            \
	X(DomainShutdown)               \
	X(DomainShutdownFlags)          \
	X(DomainUndefine)               \
	X(DomainUndefineFlags)          \
	X(DomainUpdateDeviceFlags)      \
	X(GetLastError)                 \
	X(NetworkCreate)                \
	X(NetworkDefineXML)             \
	X(NetworkDestroy)               \
	X(NetworkFree)                  \
	X(NetworkGetName)               \
	X(NetworkGetXMLDesc)            \
	X(NetworkIsActive)              \
	X(NetworkLookupByName)          \
	X(NetworkSetAutostart)          \
	X(NetworkUndefine)              \
	X(NetworkUpdate)                \
	X(ResetLastError)               \
	X(SetErrorFunc)                 \
	X(StoragePoolBuild)             \
	X(StoragePoolCreate)            \
	X(StoragePoolDefineXML)         \
	X(StoragePoolFree)              \
	X(StoragePoolGetXMLDesc)        \
	X(StoragePoolIsActive)          \
	X(StoragePoolListAllVolumes)    \
	X(StoragePoolLookupByName)      \
	X(StoragePoolSetAutostart)      \
	X(StoragePoolUndefine)          \
	X(StorageVolCreateXML)          \
	X(StorageVolCreateXMLFrom)      \
	X(StorageVolDelete)             \
	X(StorageVolDownload)           \
	X(StorageVolFree)               \
	X(StorageVolGetInfo)            \
	X(StorageVolGetInfoFlags)       \
	X(StorageVolGetName)            \
	X(StorageVolGetPath)            \
	X(StorageVolGetXMLDesc)         \
	X(StorageVolLookupByName)       \
	X(StorageVolResize)             \
	X(StorageVolUpload)             \
	X(StreamAbort)                  \
	X(StreamFinish)                 \
	X(StreamFree)                   \
	X(StreamNew)                    \
	X(StreamRecv)                   \
	X(StreamRecvFlags)              \
	X(StreamRecvHole)               \
	X(StreamSend)                   \
	X(StreamSendHole)

struct libvirt_calls {
#define X(name) __typeof__(vir##name) *name;
	LIBVIRT_CALLS(X)
#undef X
};

/* Usable after libvirt_load() succeeded once. */
extern struct libvirt_calls virt;

/* Loads the library; the second time costs nothing. ERROR_ENGINE with a hint if it is not installed. */
int libvirt_load(struct error *err);

#endif
