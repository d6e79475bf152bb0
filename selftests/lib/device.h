/* SPDX-License-Identifier: GPL-2.0 */
/* Devices of a VM that are in the kernel, and their attributes. */
#ifndef SELFTESTS_DEVICE_H
#define SELFTESTS_DEVICE_H

#include "vm.h"

/* The file of a device; asserts. */
int vm_create_device(const struct vm *vm, u32 type);

/* KVM_{HAS,GET,SET}_DEVICE_ATTR: the ioctl's result. */
int attr_has(int fd, u32 group, u64 attr);
int attr_get(int fd, u32 group, u64 attr, void *value);
int attr_set(int fd, u32 group, u64 attr, const void *value);

#endif
