// SPDX-License-Identifier: GPL-2.0
/* The module and its device, /dev/avcpu, whose ioctls make virtual machines. */
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "arch/arch.h"
#include "ioctl.h"
#include "smccc.h"

/* The pages of a vCPU's mapping: struct kvm_run, and the coalesced MMIO ring. */
#define VCPU_MMAP_PAGES	2

static long sys_get_api_version(void *self, void *arg)
{
	return arg ? -EINVAL : KVM_API_VERSION;
}

static long sys_create_vm(void *self, void *arg)
{
	return avcpu_vm_create((unsigned long)arg);
}

static long sys_check_extension(void *self, void *arg)
{
	return avcpu_check_extension(NULL, (unsigned long)arg);
}

static long sys_get_vcpu_mmap_size(void *self, void *arg)
{
	return arg ? -EINVAL : VCPU_MMAP_PAGES * PAGE_SIZE;
}

static const struct avcpu_ioctl sys_ioctls[] = {
	{ KVM_GET_API_VERSION,		0, sys_get_api_version },
	{ KVM_CREATE_VM,		0, sys_create_vm },
	{ KVM_CHECK_EXTENSION,		0, sys_check_extension },
	{ KVM_GET_VCPU_MMAP_SIZE,	0, sys_get_vcpu_mmap_size },
};

static long sys_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct avcpu_ioctl *row;

	row = avcpu_ioctl_find(sys_ioctls, ARRAY_SIZE(sys_ioctls), cmd);
	return row ? avcpu_ioctl_call(row, NULL, arg) : -EINVAL;
}

static const struct file_operations sys_fops = {
	.owner		= THIS_MODULE,
	.open		= avcpu_no_compat_open,
	.unlocked_ioctl	= sys_ioctl,
	.compat_ioctl	= avcpu_no_compat_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice sys_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "avcpu",
	.mode	= 0660,
	.fops	= &sys_fops,
};

static int __init avcpu_init(void)
{
	int ret;

	ret = avcpu_hw_init();
	if (ret)
		return ret;
	avcpu_fw_init();
	avcpu_vgic_frames_init();
	ret = avcpu_arch_init();
	if (ret)
		goto out_hw;
	/* Last: from here on it can be opened. */
	ret = misc_register(&sys_device);
	if (ret)
		goto out_arch;
	return 0;

out_arch:
	avcpu_arch_exit();
out_hw:
	avcpu_hw_exit();
	return ret;
}

/* No file of ours is open: each holds the module by its file_operations.owner. */
static void __exit avcpu_exit(void)
{
	misc_deregister(&sys_device);
	avcpu_arch_exit();
	avcpu_hw_exit();
}

module_init(avcpu_init);
module_exit(avcpu_exit);

MODULE_DESCRIPTION("Virtual CPUs for arm64 behind KVM's interface");
MODULE_LICENSE("GPL");
