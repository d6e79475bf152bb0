// SPDX-License-Identifier: GPL-2.0
/* The ITS as a device: made, placed, saved and restored by attributes. */
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../arch/arch.h"
#include "../device.h"
#include "its_internal.h"

/* KVM has no limit but memory; a guest sees as many as its firmware tells of. */
#define MAX_ITSS	64

#define PROPBASER_RESET	(GIC_BASER_CACHEABILITY(GICR_PROPBASER, INNER, RaWb) | \
			 GIC_BASER_CACHEABILITY(GICR_PROPBASER, OUTER, SameAsInner) | \
			 GIC_BASER_SHAREABILITY(GICR_PROPBASER, InnerShareable))

static struct avcpu_its *its_alloc(struct avcpu_vm *vm)
{
	struct avcpu_its *its = kzalloc(sizeof(*its), GFP_KERNEL_ACCOUNT);

	if (!its)
		return NULL;
	its->vm = vm;
	its->dev.ops = &avcpu_its_io_ops;
	its->dev.base = AVCPU_NO_ADDR;
	its->dev.len = AVCPU_ITS_SIZE;
	mutex_init(&its->lock);
	xa_init_flags(&its->devices, XA_FLAGS_ACCOUNT);
	xa_init_flags(&its->collections, XA_FLAGS_ACCOUNT);
	avcpu_its_reset_regs(its);
	return its;
}

/* vgic.lock held. With the first ITS the VM's redistributors have LPIs. */
static int its_join(struct avcpu_its *its)
{
	struct avcpu_vgic *vgic = &its->vm->vgic;
	struct avcpu_its *other;
	u32 count = 0;
	int ret;

	list_for_each_entry(other, &vgic->itss, link)
		count++;
	if (count >= MAX_ITSS)
		return -ENOSPC;
	ret = avcpu_lpi_table_alloc(its->vm);
	if (ret)
		return ret;
	if (!count)
		WRITE_ONCE(vgic->propbaser, PROPBASER_RESET);
	list_add_tail_rcu(&its->link, &vgic->itss);
	/* Who sees them sees the table of LPIs and the ITS. */
	smp_store_release(&vgic->lpi_ops, &avcpu_its_lpi_ops);
	return 0;
}

static bool its_available(void)
{
	return avcpu_hw.vgic_v3;
}

static int its_create(struct avcpu_device *dev)
{
	struct avcpu_its *its;
	int ret;

	its = its_alloc(dev->vm);
	if (!its)
		return -ENOMEM;
	mutex_lock(&dev->vm->vgic.lock);
	ret = its_join(its);
	mutex_unlock(&dev->vm->vgic.lock);
	if (ret)
		kfree(its);
	else
		dev->private = its;
	return ret;
}

static void unmap_all(struct avcpu_its *its)
{
	avcpu_its_unmap_devices(its);
	avcpu_its_unmap_collections(its);
}

static void its_destroy(struct avcpu_device *dev)
{
	struct avcpu_its *its = dev->private;

	mutex_lock(&its->lock);
	unmap_all(its);
	mutex_unlock(&its->lock);
	xa_destroy(&its->devices);
	xa_destroy(&its->collections);
	list_del_rcu(&its->link);
	kfree(its);
}

/* KVM_DEV_ARM_VGIC_GRP_ADDR */

static int place(struct avcpu_its *its, u64 base)
{
	struct avcpu_vm *vm = its->vm;
	int ret;

	mutex_lock(&vm->slots_lock);
	if (its->dev.base != AVCPU_NO_ADDR)
		ret = -EEXIST;
	else
		ret = avcpu_vgic_check_range(vm, base, AVCPU_ITS_SIZE);
	if (ret)
		goto out;
	/* Read without a lock, by translations: they find an ITS that is disabled. */
	WRITE_ONCE(its->dev.base, base);
	ret = avcpu_io_bus_register(vm, &its->dev);
	if (ret)
		WRITE_ONCE(its->dev.base, AVCPU_NO_ADDR);
out:
	mutex_unlock(&vm->slots_lock);
	return ret;
}

static int addr_has(struct avcpu_its *its, u64 attr)
{
	return attr == KVM_VGIC_ITS_ADDR_TYPE ? 0 : -ENXIO;
}

static int addr_get(struct avcpu_its *its, u64 attr, u64 __user *arg)
{
	u64 base = READ_ONCE(its->dev.base);

	if (attr != KVM_VGIC_ITS_ADDR_TYPE)
		return -ENODEV;
	return copy_to_user(arg, &base, sizeof(base)) ? -EFAULT : 0;
}

static int addr_set(struct avcpu_its *its, u64 attr, u64 __user *arg)
{
	u64 base;

	if (attr != KVM_VGIC_ITS_ADDR_TYPE)
		return -ENODEV;
	if (copy_from_user(&base, arg, sizeof(base)))
		return -EFAULT;
	return place(its, base);
}

/* Run @op while no vCPU runs. */
static int with_vm_stopped(struct avcpu_its *its, u64 attr, u64 *val,
			   int (*op)(struct avcpu_its *its, u64 attr, u64 *val))
{
	struct avcpu_vm *vm = its->vm;
	int ret = -EBUSY;
	int idx;

	mutex_lock(&vm->lock);
	if (!avcpu_vm_trylock_vcpus(vm))
		goto out;
	idx = srcu_read_lock(&vm->srcu);
	mutex_lock(&its->lock);
	ret = op(its, attr, val);
	mutex_unlock(&its->lock);
	srcu_read_unlock(&vm->srcu, idx);
	avcpu_vm_unlock_vcpus(vm);
out:
	mutex_unlock(&vm->lock);
	return ret;
}

/* KVM_DEV_ARM_VGIC_GRP_CTRL */

static int its_reset(struct avcpu_its *its)
{
	avcpu_its_reset_regs(its);
	unmap_all(its);
	return 0;
}

/* By attribute. There is nothing to initialize: NULL. */
static int (*const ctrl_ops[])(struct avcpu_its *its) = {
	[KVM_DEV_ARM_VGIC_CTRL_INIT]		= NULL,
	[KVM_DEV_ARM_ITS_SAVE_TABLES]		= avcpu_its_save_tables,
	[KVM_DEV_ARM_ITS_RESTORE_TABLES]	= avcpu_its_restore_tables,
	[KVM_DEV_ARM_ITS_CTRL_RESET]		= its_reset,
};

static int ctrl_has(struct avcpu_its *its, u64 attr)
{
	if (attr == KVM_DEV_ARM_VGIC_CTRL_INIT)
		return 0;
	return attr < ARRAY_SIZE(ctrl_ops) && ctrl_ops[attr] ? 0 : -ENXIO;
}

static int ctrl_op(struct avcpu_its *its, u64 attr, u64 *val)
{
	return ctrl_ops[attr](its);
}

static int ctrl_set(struct avcpu_its *its, u64 attr, u64 __user *arg)
{
	int ret = ctrl_has(its, attr);

	if (ret || attr == KVM_DEV_ARM_VGIC_CTRL_INIT)
		return ret;
	return with_vm_stopped(its, attr, NULL, ctrl_op);
}

/* KVM_DEV_ARM_VGIC_GRP_ITS_REGS: always 64 bits of user space */

static int regs_has(struct avcpu_its *its, u64 attr)
{
	return avcpu_its_has_reg(attr);
}

static int get_reg(struct avcpu_its *its, u64 attr, u64 *val)
{
	if (READ_ONCE(its->dev.base) == AVCPU_NO_ADDR)
		return -ENXIO;
	return avcpu_its_get_reg(its, attr, val);
}

static int set_reg(struct avcpu_its *its, u64 attr, u64 *val)
{
	if (READ_ONCE(its->dev.base) == AVCPU_NO_ADDR)
		return -ENXIO;
	return avcpu_its_set_reg(its, attr, *val);
}

static int regs_get(struct avcpu_its *its, u64 attr, u64 __user *arg)
{
	u64 val;
	int ret = avcpu_its_has_reg(attr);

	if (!ret)
		ret = with_vm_stopped(its, attr, &val, get_reg);
	return ret ?: put_user(val, arg);
}

static int regs_set(struct avcpu_its *its, u64 attr, u64 __user *arg)
{
	u64 val;
	int ret;

	if (get_user(val, arg))
		return -EFAULT;
	ret = avcpu_its_has_reg(attr);
	return ret ?: with_vm_stopped(its, attr, &val, set_reg);
}

/**
 * struct its_group - what a group of attributes can do
 * @has: KVM_HAS_DEVICE_ATTR
 * @get: KVM_GET_DEVICE_ATTR; NULL: -ENXIO
 * @set: KVM_SET_DEVICE_ATTR
 */
struct its_group {
	int (*has)(struct avcpu_its *its, u64 attr);
	int (*get)(struct avcpu_its *its, u64 attr, u64 __user *arg);
	int (*set)(struct avcpu_its *its, u64 attr, u64 __user *arg);
};

static const struct its_group groups[] = {
	[KVM_DEV_ARM_VGIC_GRP_ADDR]	= { addr_has, addr_get, addr_set },
	[KVM_DEV_ARM_VGIC_GRP_CTRL]	= { ctrl_has, NULL, ctrl_set },
	[KVM_DEV_ARM_VGIC_GRP_ITS_REGS]	= { regs_has, regs_get, regs_set },
};

static const struct its_group *find_group(u32 group)
{
	return group < ARRAY_SIZE(groups) && groups[group].has ? &groups[group] : NULL;
}

static int its_has_attr(struct avcpu_device *dev, const struct kvm_device_attr *attr)
{
	const struct its_group *group = find_group(attr->group);

	return group ? group->has(dev->private, attr->attr) : -ENXIO;
}

static int its_get_attr(struct avcpu_device *dev, const struct kvm_device_attr *attr)
{
	const struct its_group *group = find_group(attr->group);

	return group && group->get ?
	       group->get(dev->private, attr->attr, u64_to_user_ptr(attr->addr)) : -ENXIO;
}

static int its_set_attr(struct avcpu_device *dev, const struct kvm_device_attr *attr)
{
	const struct its_group *group = find_group(attr->group);

	return group ? group->set(dev->private, attr->attr, u64_to_user_ptr(attr->addr)) : -ENXIO;
}

const struct avcpu_device_ops avcpu_vgic_its_ops = {
	.name		= "kvm-arm-vgic-its",
	.type		= KVM_DEV_TYPE_ARM_VGIC_ITS,
	.available	= its_available,
	.create		= its_create,
	.destroy	= its_destroy,
	.set_attr	= its_set_attr,
	.get_attr	= its_get_attr,
	.has_attr	= its_has_attr,
};
