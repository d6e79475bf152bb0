// SPDX-License-Identifier: GPL-2.0
/* See device.h. */
#include "device.h"

int vm_create_device(const struct vm *vm, u32 type)
{
	struct kvm_create_device device = { .type = type };

	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_DEVICE, &device));
	return device.fd;
}

static int attr_call(int fd, unsigned long call, u32 group, u64 attr, const void *value)
{
	struct kvm_device_attr arg = {
		.group = group, .attr = attr, .addr = (uintptr_t)value,
	};

	return ioctl(fd, call, &arg);
}

int attr_has(int fd, u32 group, u64 attr)
{
	return attr_call(fd, KVM_HAS_DEVICE_ATTR, group, attr, NULL);
}

int attr_get(int fd, u32 group, u64 attr, void *value)
{
	return attr_call(fd, KVM_GET_DEVICE_ATTR, group, attr, value);
}

int attr_set(int fd, u32 group, u64 attr, const void *value)
{
	return attr_call(fd, KVM_SET_DEVICE_ATTR, group, attr, value);
}
