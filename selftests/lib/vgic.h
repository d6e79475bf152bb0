/* SPDX-License-Identifier: GPL-2.0 */
/* A GICv3 for tests of what sends interrupts to it: made and placed by the host. */
#ifndef SELFTESTS_VGIC_H
#define SELFTESTS_VGIC_H

#include "vm.h"
#include "its_abi.h"

/* The file of a device of the VM. */
int vm_create_device(struct vm *vm, u32 type);

/* KVM_{HAS,GET,SET}_DEVICE_ATTR: the ioctl's result. */
int attr_has(int fd, u32 group, u64 attr);
int attr_get(int fd, u32 group, u64 attr, void *value);
int attr_set(int fd, u32 group, u64 attr, const void *value);

/* A GIC for the VM's vCPUs with 96 SPIs, placed and initialised: its file. */
int vgic_new(struct vm *vm);
/* The same in two steps: one that has its addresses; initialise it. */
int vgic_new_uninitialised(struct vm *vm);
void vgic_init(int fd);

/* A redistributor's register; a 64-bit one as two halves. */
void vgic_rd_write(int fd, unsigned int vcpu, u32 reg, u32 value);
void vgic_rd_write64(int fd, unsigned int vcpu, u32 reg, u64 value);

#endif
