// SPDX-License-Identifier: GPL-2.0
/* The one place where ioctl arguments cross between user space and kernel. */
#include <linux/bits.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/uaccess.h>

#include "ioctl.h"

/**
 * avcpu_ioctl_find() - look an ioctl up
 * @table: rows
 * @count: their number
 * @cmd: the caller's number
 *
 * Return: its row, or NULL.
 */
const struct avcpu_ioctl *avcpu_ioctl_find(const struct avcpu_ioctl *table,
					   size_t count, unsigned int cmd)
{
	const struct avcpu_ioctl *row;

	for (row = table; row < table + count; row++)
		if (row->cmd == cmd)
			return row;
	return NULL;
}

static __always_inline long call_with(const struct avcpu_ioctl *row, void *self,
				      void __user *uarg, u64 *copy, size_t room)
{
	size_t size = _IOC_SIZE(row->cmd);
	long ret;

	if (size > room)
		return -ENOTTY;
	if ((row->flags & AVCPU_IOCTL_IN) && copy_from_user(copy, uarg, size))
		return -EFAULT;
	ret = row->fn(self, copy);
	if (ret >= 0 && (row->flags & AVCPU_IOCTL_OUT) && copy_to_user(uarg, copy, size))
		ret = -EFAULT;
	return ret;
}

/* Most arguments are small, and to clear the room for a large one takes as long as they. */
static noinline long call_with_small(const struct avcpu_ioctl *row, void *self,
				     void __user *uarg)
{
	u64 copy[AVCPU_IOCTL_SMALL_SIZE / sizeof(u64)] = {};

	return call_with(row, self, uarg, copy, sizeof(copy));
}

static noinline long call_with_large(const struct avcpu_ioctl *row, void *self,
				     void __user *uarg)
{
	u64 copy[AVCPU_IOCTL_MAX_SIZE / sizeof(u64)] = {};

	return call_with(row, self, uarg, copy, sizeof(copy));
}

/**
 * avcpu_ioctl_call() - copy in, call the handler, copy out
 * @row: the ioctl
 * @self: object of the file
 * @arg: the caller's argument
 *
 * Return: what the handler returned, or -EFAULT.
 */
long avcpu_ioctl_call(const struct avcpu_ioctl *row, void *self, unsigned long arg)
{
	if (!(row->flags & (AVCPU_IOCTL_IN | AVCPU_IOCTL_OUT)))
		return row->fn(self, (void *)arg);
	if (_IOC_SIZE(row->cmd) <= AVCPU_IOCTL_SMALL_SIZE)
		return call_with_small(row, self, (void __user *)arg);
	return call_with_large(row, self, (void __user *)arg);
}

/* A file opened by a 64-bit program may be handed to a 32-bit one. */
long avcpu_no_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return -EINVAL;
}

int avcpu_no_compat_open(struct inode *inode, struct file *file)
{
	return in_compat_syscall() ? -ENODEV : 0;
}
