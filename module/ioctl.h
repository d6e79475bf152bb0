/* SPDX-License-Identifier: GPL-2.0 */
/* ioctls as tables: who handles what, and what is copied from and to the user. */
#ifndef AVCPU_IOCTL_H
#define AVCPU_IOCTL_H

#include <linux/types.h>

struct file;
struct inode;

#define AVCPU_IOCTL_SMALL_SIZE	32
#define AVCPU_IOCTL_MAX_SIZE	160

enum avcpu_ioctl_flags {
	AVCPU_IOCTL_IN		= BIT(0),	/* copy the argument in */
	AVCPU_IOCTL_OUT		= BIT(1),	/* copy it back on success */
	AVCPU_IOCTL_INIT	= BIT(2),	/* vCPU: after KVM_ARM_VCPU_INIT only */
	AVCPU_IOCTL_NOLOCK	= BIT(3),	/* vCPU: without vcpu->mutex */
};

/**
 * struct avcpu_ioctl - a row of an ioctl table
 * @cmd: number; its size field says how much is copied
 * @flags: enum avcpu_ioctl_flags
 * @fn: handler. @self is the file's object. @arg is a copy of the structure
 *	with AVCPU_IOCTL_IN or AVCPU_IOCTL_OUT, else the caller's bare argument:
 *	a number, or an address of user space.
 */
struct avcpu_ioctl {
	unsigned int cmd;
	unsigned int flags;
	long (*fn)(void *self, void *arg);
};

const struct avcpu_ioctl *avcpu_ioctl_find(const struct avcpu_ioctl *table,
					   size_t count, unsigned int cmd);
long avcpu_ioctl_call(const struct avcpu_ioctl *row, void *self, unsigned long arg);

/* For file_operations: KVM has no 32-bit callers on arm64, so no more do we. */
long avcpu_no_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int avcpu_no_compat_open(struct inode *inode, struct file *file);

#endif
