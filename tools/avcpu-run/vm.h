/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_VM_H
#define AVCPU_RUN_VM_H

#include "memory.h"

/**
 * struct vm - one virtual machine of the device
 * @path: the device's path, for messages
 * @dev: the device itself
 * @fd: the VM
 * @gic: the vGIC's device, -1 without one
 * @its: the ITS's device, -1 without one
 * @run_size: bytes of a vCPU's run page mapping
 * @has_ioeventfd: KVM_IOEVENTFD may be used
 * @has_irqfd: KVM_IRQFD may be used
 */
struct vm {
	const char *path;
	int dev;
	int fd;
	int gic;
	int its;
	size_t run_size;
	bool has_ioeventfd;
	bool has_irqfd;
};

int vm_open(struct vm *vm, const char *path, u64 top_gpa);
void vm_close(struct vm *vm);
int vm_cap(const struct vm *vm, unsigned int cap);
int vm_enable_cap(const struct vm *vm, unsigned int cap);
int vm_add_memory(struct vm *vm, const struct memory *mem);
int vm_irq_line(struct vm *vm, unsigned int spi, bool level);
int vm_irqfd(struct vm *vm, unsigned int spi, int fd);
int vm_ioeventfd(struct vm *vm, u64 addr, u32 match, int fd);

#endif
