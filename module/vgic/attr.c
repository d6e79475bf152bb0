// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_DEV_TYPE_ARM_VGIC_V3: the vGIC as a device with attributes, by which user
 * space makes, places, saves and restores it. One row of a table for each group.
 *
 * All of user space's values are hostile: what is wrong changes nothing.
 */
#include <linux/bitfield.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "../arch/arch.h"
#include "../device.h"
#include "mmio.h"

#define REDIST_COUNT	GENMASK_ULL(63, 52)
#define REDIST_BASE	GENMASK_ULL(51, 16)
#define REDIST_FLAGS	GENMASK_ULL(15, 12)
#define REDIST_INDEX	GENMASK_ULL(11, 0)

/**
 * struct attr_group - what a group of attributes can do
 * @has: is there such an attribute? 0 or an errno
 * @get: KVM_GET_DEVICE_ATTR; NULL: -ENXIO
 * @set: KVM_SET_DEVICE_ATTR; NULL: -ENXIO
 */
struct attr_group {
	int (*has)(struct avcpu_vm *vm, u64 attr);
	int (*get)(struct avcpu_vm *vm, u64 attr, void __user *arg);
	int (*set)(struct avcpu_vm *vm, u64 attr, void __user *arg);
};

/* vm->lock and all vCPUs' mutexes, or -EBUSY */
static int stop_vm(struct avcpu_vm *vm)
{
	mutex_lock(&vm->lock);
	if (avcpu_vm_trylock_vcpus(vm))
		return 0;
	mutex_unlock(&vm->lock);
	return -EBUSY;
}

static void resume_vm(struct avcpu_vm *vm)
{
	avcpu_vm_unlock_vcpus(vm);
	mutex_unlock(&vm->lock);
}

/* KVM_DEV_ARM_VGIC_GRP_ADDR */

static int addr_has(struct avcpu_vm *vm, u64 attr)
{
	return attr == KVM_VGIC_V3_ADDR_TYPE_DIST ||
	       attr == KVM_VGIC_V3_ADDR_TYPE_REDIST ||
	       attr == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION ? 0 : -ENXIO;
}

static int set_dist(struct avcpu_vm *vm, u64 base)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	int ret;

	mutex_lock(&vgic->lock);
	if (vgic->dist.base != AVCPU_NO_ADDR)
		ret = -EEXIST;
	else
		ret = avcpu_vgic_check_range(vm, base, AVCPU_VGIC_DIST_SIZE);
	if (!ret)
		vgic->dist.base = base;
	mutex_unlock(&vgic->lock);
	return ret;
}

static int set_region(struct avcpu_vm *vm, u64 val)
{
	u32 count = FIELD_GET(REDIST_COUNT, val);

	if (!count || val & REDIST_FLAGS)
		return -EINVAL;
	/* KVM takes no more than 8 bits of the index. */
	return avcpu_vgic_set_redist(vm, val & REDIST_INDEX & 0xff, val & REDIST_BASE,
				     count);
}

static int addr_set(struct avcpu_vm *vm, u64 attr, void __user *arg)
{
	u64 val;
	int ret;

	if (get_user(val, (u64 __user *)arg))
		return -EFAULT;

	mutex_lock(&vm->slots_lock);
	switch (attr) {
	case KVM_VGIC_V3_ADDR_TYPE_DIST:
		ret = set_dist(vm, val);
		break;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST:
		ret = avcpu_vgic_set_redist(vm, 0, val, 0);
		break;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION:
		ret = set_region(vm, val);
		break;
	default:
		ret = -ENXIO;
	}
	mutex_unlock(&vm->slots_lock);
	return ret;
}

/* The older attribute: the first region's base, or what stands for none. */
static u64 first_region(struct avcpu_vm *vm)
{
	u64 val;

	if (avcpu_vgic_get_redist(vm, 0, &val))
		return AVCPU_NO_ADDR;
	return val & REDIST_BASE;
}

static int addr_get(struct avcpu_vm *vm, u64 attr, void __user *arg)
{
	u64 __user *uval = arg;
	int ret = 0;
	u64 val = 0;

	/* Of a region the caller says which. */
	if (attr == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION && get_user(val, uval))
		return -EFAULT;

	mutex_lock(&vm->slots_lock);
	switch (attr) {
	case KVM_VGIC_V3_ADDR_TYPE_DIST:
		val = READ_ONCE(vm->vgic.dist.base);
		break;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST:
		val = first_region(vm);
		break;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION:
		ret = avcpu_vgic_get_redist(vm, val & REDIST_INDEX & 0xff, &val);
		break;
	default:
		ret = -ENXIO;
	}
	mutex_unlock(&vm->slots_lock);
	return ret ?: put_user(val, uval);
}

/* KVM_DEV_ARM_VGIC_GRP_NR_IRQS */

static int any_has(struct avcpu_vm *vm, u64 attr)
{
	return 0;
}

static int nr_irqs_set(struct avcpu_vm *vm, u64 attr, void __user *arg)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	int ret = 0;
	u32 val;

	if (get_user(val, (u32 __user *)arg))
		return -EFAULT;
	if (val < AVCPU_NR_PRIVATE_IRQS + 32 || val > AVCPU_MAX_NR_IRQS || val & 31)
		return -EINVAL;

	mutex_lock(&vgic->lock);
	if (vgic->nr_spis)
		ret = -EBUSY;
	else
		vgic->nr_spis = val - AVCPU_NR_PRIVATE_IRQS;
	mutex_unlock(&vgic->lock);
	return ret;
}

static int nr_irqs_get(struct avcpu_vm *vm, u64 attr, void __user *arg)
{
	return put_user(avcpu_vgic_nr_irqs(&vm->vgic), (u32 __user *)arg);
}

/* KVM_DEV_ARM_VGIC_GRP_CTRL */

static int ctrl_has(struct avcpu_vm *vm, u64 attr)
{
	return attr == KVM_DEV_ARM_VGIC_CTRL_INIT ||
	       attr == KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES ? 0 : -ENXIO;
}

static int ctrl_init(struct avcpu_vm *vm)
{
	int ret;

	mutex_lock(&vm->lock);
	mutex_lock(&vm->vgic.lock);
	ret = avcpu_vgic_init(vm);
	mutex_unlock(&vm->vgic.lock);
	mutex_unlock(&vm->lock);
	return ret;
}

static int ctrl_save_pending(struct avcpu_vm *vm)
{
	const struct avcpu_lpi_ops *ops;
	int ret;

	ret = stop_vm(vm);
	if (ret)
		return ret;
	ops = smp_load_acquire(&vm->vgic.lpi_ops);	/* see avcpu_vgic_has_its() */
	if (!avcpu_vgic_initialized(&vm->vgic))
		ret = -ENXIO;
	else if (ops)
		ret = ops->save_pending(vm);
	resume_vm(vm);
	return ret;
}

static int ctrl_set(struct avcpu_vm *vm, u64 attr, void __user *arg)
{
	switch (attr) {
	case KVM_DEV_ARM_VGIC_CTRL_INIT:
		return ctrl_init(vm);
	case KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES:
		return ctrl_save_pending(vm);
	default:
		return -ENXIO;
	}
}

/* Registers and levels: attr says whose, and which. */

/* Aff3 [63:56], Aff2 [55:48], Aff1 [47:40], Aff0 [39:32] */
static struct avcpu_vcpu *attr_vcpu(struct avcpu_vm *vm, u64 attr)
{
	u64 aff = FIELD_GET(KVM_DEV_ARM_VGIC_V3_MPIDR_MASK, attr);

	return avcpu_vgic_vcpu_by_aff(vm, (aff & GENMASK_ULL(31, 24)) << 8 |
					  (aff & GENMASK_ULL(23, 0)));
}

/* The distributor is nobody's; it is there once there is a vCPU. */
static struct avcpu_vcpu *attr_dist(struct avcpu_vm *vm, u64 attr)
{
	return avcpu_vcpu_by_idx(vm, 0);
}

static u32 attr_offset(u64 attr)
{
	return FIELD_GET(KVM_DEV_ARM_VGIC_OFFSET_MASK, attr);
}

static int frame_has(struct avcpu_vm *vm, struct avcpu_vcpu *vcpu,
		     const struct avcpu_vgic_frame *frame, u64 attr)
{
	if (!vcpu)
		return -EINVAL;
	return avcpu_vgic_find_reg(vm, frame, attr_offset(attr), sizeof(u32)) ? 0 : -ENXIO;
}

static int dist_has(struct avcpu_vm *vm, u64 attr)
{
	return frame_has(vm, attr_dist(vm, attr), &avcpu_vgic_dist_frame, attr);
}

static int redist_has(struct avcpu_vm *vm, u64 attr)
{
	return frame_has(vm, attr_vcpu(vm, attr), &avcpu_vgic_redist_frame, attr);
}

static int cpuif_has(struct avcpu_vm *vm, u64 attr)
{
	if (!attr_vcpu(vm, attr))
		return -EINVAL;
	return avcpu_cpuif_has_reg(attr) ? 0 : -ENXIO;
}

static u32 level_info(u64 attr)
{
	return FIELD_GET(KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_MASK, attr);
}

static int level_has(struct avcpu_vm *vm, u64 attr)
{
	return level_info(attr) == VGIC_LEVEL_INFO_LINE_LEVEL ? 0 : -ENXIO;
}

/*
 * Only what says which GIC it is may be accessed before initialization: user
 * space sets GICD_IIDR first, for what it means to everything else.
 */
static bool needs_init(u64 attr)
{
	return attr_offset(attr) != GICD_IIDR && attr_offset(attr) != GICD_TYPER2;
}

static bool always(u64 attr)
{
	return true;
}

static int dist_io(struct avcpu_vcpu *vcpu, u64 attr, bool write, u64 *val)
{
	u32 reg = *val;
	int ret;

	if (write)
		return avcpu_vgic_user_write(vcpu, &avcpu_vgic_dist_frame,
					     attr_offset(attr), reg);
	ret = avcpu_vgic_user_read(vcpu, &avcpu_vgic_dist_frame, attr_offset(attr),
				   &reg);
	*val = reg;
	return ret;
}

static int redist_io(struct avcpu_vcpu *vcpu, u64 attr, bool write, u64 *val)
{
	u32 reg = *val;
	int ret;

	if (write)
		return avcpu_vgic_user_write(vcpu, &avcpu_vgic_redist_frame,
					     attr_offset(attr), reg);
	ret = avcpu_vgic_user_read(vcpu, &avcpu_vgic_redist_frame, attr_offset(attr),
				   &reg);
	*val = reg;
	return ret;
}

static int cpuif_io(struct avcpu_vcpu *vcpu, u64 attr, bool write, u64 *val)
{
	if (write)
		return avcpu_cpuif_set_reg(vcpu, attr, *val);
	return avcpu_cpuif_get_reg(vcpu, attr, val);
}

/* SGIs have no line, and what is beyond the last SPI is RAZ/WI. */
static int level_io(struct avcpu_vcpu *vcpu, u64 attr, bool write, u64 *val)
{
	u32 intid = FIELD_GET(KVM_DEV_ARM_VGIC_LINE_LEVEL_INTID_MASK, attr);
	u32 skip = intid ? 0 : AVCPU_NR_SGIS;

	if (level_info(attr) != VGIC_LEVEL_INFO_LINE_LEVEL || intid & 31)
		return -EINVAL;
	if (write)
		avcpu_vgic_set_field(vcpu, &avcpu_irq_line, intid + skip, 32 - skip,
				     *val >> skip);
	else
		*val = avcpu_vgic_get_field(vcpu, &avcpu_irq_line, intid + skip,
					    32 - skip) << skip;
	return 0;
}

/**
 * struct state_group - how a group that consists of state is accessed
 * @size: of a value, 4 or 8 bytes
 * @vcpu: whose it is, NULL: -EINVAL
 * @needs_init: -EBUSY before initialization
 * @io: no vCPU runs
 */
struct state_group {
	unsigned int size;
	struct avcpu_vcpu *(*vcpu)(struct avcpu_vm *vm, u64 attr);
	bool (*needs_init)(u64 attr);
	int (*io)(struct avcpu_vcpu *vcpu, u64 attr, bool write, u64 *val);
};

static const struct state_group dist_state = {
	.size = 4, .vcpu = attr_dist, .needs_init = needs_init, .io = dist_io,
};

static const struct state_group redist_state = {
	.size = 4, .vcpu = attr_vcpu, .needs_init = always, .io = redist_io,
};

static const struct state_group cpuif_state = {
	.size = 8, .vcpu = attr_vcpu, .needs_init = always, .io = cpuif_io,
};

static const struct state_group level_state = {
	.size = 4, .vcpu = attr_vcpu, .needs_init = always, .io = level_io,
};

static int state_io(struct avcpu_vm *vm, const struct state_group *group, u64 attr,
		    bool write, u64 *val)
{
	struct avcpu_vcpu *vcpu = group->vcpu(vm, attr);
	int ret;

	if (!vcpu)
		return -EINVAL;
	ret = stop_vm(vm);
	if (ret)
		return ret;
	if (!avcpu_vgic_initialized(&vm->vgic) && group->needs_init(attr))
		ret = -EBUSY;
	else
		ret = group->io(vcpu, attr, write, val);
	resume_vm(vm);
	return ret;
}

static int state_get(struct avcpu_vm *vm, const struct state_group *group, u64 attr,
		     void __user *arg)
{
	u64 val = 0;
	int ret;

	ret = state_io(vm, group, attr, false, &val);
	if (ret)
		return ret;
	return copy_to_user(arg, &val, group->size) ? -EFAULT : 0;
}

static int state_set(struct avcpu_vm *vm, const struct state_group *group, u64 attr,
		     void __user *arg)
{
	u64 val = 0;

	if (copy_from_user(&val, arg, group->size))
		return -EFAULT;
	return state_io(vm, group, attr, true, &val);
}

#define STATE_GROUP(name)						\
static int name##_get(struct avcpu_vm *vm, u64 attr, void __user *arg)	\
{									\
	return state_get(vm, &name##_state, attr, arg);			\
}									\
									\
static int name##_set(struct avcpu_vm *vm, u64 attr, void __user *arg)	\
{									\
	return state_set(vm, &name##_state, attr, arg);			\
}

STATE_GROUP(dist)
STATE_GROUP(redist)
STATE_GROUP(cpuif)
STATE_GROUP(level)

static const struct attr_group groups[] = {
	[KVM_DEV_ARM_VGIC_GRP_ADDR]	   = { addr_has, addr_get, addr_set },
	[KVM_DEV_ARM_VGIC_GRP_DIST_REGS]   = { dist_has, dist_get, dist_set },
	[KVM_DEV_ARM_VGIC_GRP_NR_IRQS]	   = { any_has, nr_irqs_get, nr_irqs_set },
	[KVM_DEV_ARM_VGIC_GRP_CTRL]	   = { ctrl_has, NULL, ctrl_set },
	[KVM_DEV_ARM_VGIC_GRP_REDIST_REGS] = { redist_has, redist_get, redist_set },
	[KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS] = { cpuif_has, cpuif_get, cpuif_set },
	[KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO]  = { level_has, level_get, level_set },
};

static const struct attr_group *find_group(u32 group)
{
	static const struct attr_group none;

	return group < ARRAY_SIZE(groups) ? &groups[group] : &none;
}

static int vgic_has_attr(struct avcpu_device *dev, const struct kvm_device_attr *attr)
{
	const struct attr_group *group = find_group(attr->group);

	return group->has ? group->has(dev->vm, attr->attr) : -ENXIO;
}

static int vgic_get_attr(struct avcpu_device *dev, const struct kvm_device_attr *attr)
{
	const struct attr_group *group = find_group(attr->group);

	return group->get ? group->get(dev->vm, attr->attr, u64_to_user_ptr(attr->addr)) :
			    -ENXIO;
}

static int vgic_set_attr(struct avcpu_device *dev, const struct kvm_device_attr *attr)
{
	const struct attr_group *group = find_group(attr->group);

	return group->set ? group->set(dev->vm, attr->attr, u64_to_user_ptr(attr->addr)) :
			    -ENXIO;
}

static bool vgic_available(void)
{
	return avcpu_hw.vgic_v3;
}

static int vgic_device_create(struct avcpu_device *dev)
{
	struct avcpu_vm *vm = dev->vm;
	int ret = -EBUSY;

	if (avcpu_vm_trylock_vcpus(vm)) {
		ret = avcpu_vgic_create(vm);
		avcpu_vm_unlock_vcpus(vm);
	}
	return ret;
}

const struct avcpu_device_ops avcpu_vgic_v3_ops = {
	.name = "kvm-arm-vgic-v3",
	.type = KVM_DEV_TYPE_ARM_VGIC_V3,
	.available = vgic_available,
	.create = vgic_device_create,
	.set_attr = vgic_set_attr,
	.get_attr = vgic_get_attr,
	.has_attr = vgic_has_attr,
};
