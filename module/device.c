// SPDX-License-Identifier: GPL-2.0
/* Devices that a VMM makes by KVM_CREATE_DEVICE and sets up by attributes. */
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "avcpu.h"
#include "device.h"
#include "ioctl.h"
#include "vgic/its.h"

/* A device type joins by a line here. */
static const struct avcpu_device_ops *const device_types[] = {
	&avcpu_vgic_v3_ops,
	&avcpu_vgic_its_ops,
};

static const struct avcpu_device_ops *device_type(u32 type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(device_types); i++)
		if (device_types[i]->type == type &&
		    (!device_types[i]->available || device_types[i]->available()))
			return device_types[i];
	return NULL;
}

static long device_attr(struct avcpu_device *dev, unsigned long arg,
			int (*op)(struct avcpu_device *dev,
				  const struct kvm_device_attr *attr))
{
	struct kvm_device_attr attr;

	if (!op)
		return -EPERM;
	if (copy_from_user(&attr, (void __user *)arg, sizeof(attr)))
		return -EFAULT;
	return op(dev, &attr);
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct avcpu_device *dev = file->private_data;

	if (dev->vm->mm != current->mm || READ_ONCE(dev->vm->dead))
		return -EIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return device_attr(dev, arg, dev->ops->set_attr);
	case KVM_GET_DEVICE_ATTR:
		return device_attr(dev, arg, dev->ops->get_attr);
	case KVM_HAS_DEVICE_ATTR:
		return device_attr(dev, arg, dev->ops->has_attr);
	}
	return -ENOTTY;
}

static int device_release(struct inode *inode, struct file *file)
{
	struct avcpu_device *dev = file->private_data;

	/* NULL: the device was refused after its file was made. */
	if (dev)
		avcpu_vm_put(dev->vm);
	return 0;
}

static const struct file_operations device_fops = {
	.owner		= THIS_MODULE,
	.release	= device_release,
	.unlocked_ioctl	= device_ioctl,
	.open		= avcpu_no_compat_open,
	.compat_ioctl	= avcpu_no_compat_ioctl,
};

static int device_make(struct avcpu_vm *vm, const struct avcpu_device_ops *ops,
		       struct file *file)
{
	struct avcpu_device *dev;
	int ret;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	if (!dev)
		return -ENOMEM;
	dev->ops = ops;
	dev->vm = vm;

	mutex_lock(&vm->lock);
	ret = ops->create(dev);
	if (!ret)
		list_add_tail(&dev->link, &vm->devices);
	mutex_unlock(&vm->lock);

	if (ret) {
		kfree(dev);
		return ret;
	}
	avcpu_vm_get(vm);
	file->private_data = dev;
	return 0;
}

/**
 * avcpu_device_create() - KVM_CREATE_DEVICE
 * @vm: the VM, vm->lock not held
 * @cd: type and flags; cd->fd is set
 *
 * All that may fail for want of memory or descriptors is had before the device
 * is made, since a device, once made, cannot go before its VM does.
 *
 * Return: 0, -ENODEV for a type that is not known, or what the type refuses by.
 */
int avcpu_device_create(struct avcpu_vm *vm, struct kvm_create_device *cd)
{
	const struct avcpu_device_ops *ops = device_type(cd->type);
	struct file *file;
	int fd, ret;

	if (!ops)
		return -ENODEV;
	if (cd->flags & KVM_CREATE_DEVICE_TEST)
		return 0;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile(ops->name, &device_fops, NULL, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto out_fd;
	}
	ret = device_make(vm, ops, file);
	if (ret)
		goto out_file;
	fd_install(fd, file);
	cd->fd = fd;
	return 0;

out_file:
	fput(file);
out_fd:
	put_unused_fd(fd);
	return ret;
}

/**
 * avcpu_devices_destroy() - the VM goes, and its devices with it
 * @vm: a VM that nobody refers to any more
 */
void avcpu_devices_destroy(struct avcpu_vm *vm)
{
	struct avcpu_device *dev, *next;

	list_for_each_entry_safe(dev, next, &vm->devices, link) {
		list_del(&dev->link);
		if (dev->ops->destroy)
			dev->ops->destroy(dev);
		kfree(dev);
	}
}
