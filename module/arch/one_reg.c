// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST: which room an id goes to.
 * The list comes in KVM's order: core, firmware, timers, system, demux.
 */
#include <linux/preempt.h>
#include <linux/uaccess.h>

#include "cpu.h"

enum timer_part { TIMER_CTL, TIMER_CNT, TIMER_CVAL };

/*
 * Of the virtual timer, the ids of count and compare value are each other's
 * encoding, by a mistake of KVM's that became its ABI; so a table, and it is
 * asked before the system registers are.
 */
static const struct timer_reg {
	u64 id;
	enum avcpu_timer_id which;
	enum timer_part part;
} timer_regs[] = {
	{ KVM_REG_ARM_TIMER_CTL, AVCPU_TIMER_VIRT, TIMER_CTL },
	{ KVM_REG_ARM_TIMER_CNT, AVCPU_TIMER_VIRT, TIMER_CNT },
	{ KVM_REG_ARM_TIMER_CVAL, AVCPU_TIMER_VIRT, TIMER_CVAL },
	{ KVM_REG_ARM_PTIMER_CTL, AVCPU_TIMER_PHYS, TIMER_CTL },
	{ KVM_REG_ARM_PTIMER_CNT, AVCPU_TIMER_PHYS, TIMER_CNT },
	{ KVM_REG_ARM_PTIMER_CVAL, AVCPU_TIMER_PHYS, TIMER_CVAL },
};

static const struct timer_reg *find_timer(u64 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(timer_regs); i++)
		if (timer_regs[i].id == id)
			return &timer_regs[i];
	return NULL;
}

static int get_timer(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct timer_reg *t = find_timer(reg->id);
	u64 val = 0;

	switch (t->part) {
	case TIMER_CTL:
		val = avcpu_timer_read_ctl(vcpu, t->which);
		break;
	case TIMER_CNT:
		val = avcpu_timer_count(vcpu, t->which);
		break;
	case TIMER_CVAL:
		val = avcpu_timer_read_cval(vcpu, t->which);
		break;
	}
	return put_user(val, (u64 __user *)u64_to_user_ptr(reg->addr));
}

static int set_timer(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct timer_reg *t = find_timer(reg->id);
	u64 val;

	if (get_user(val, (u64 __user *)u64_to_user_ptr(reg->addr)))
		return -EFAULT;
	switch (t->part) {
	case TIMER_CTL:
		avcpu_timer_write_ctl(vcpu, t->which, val);
		break;
	case TIMER_CNT:
		avcpu_timer_set_count(vcpu, t->which, val);
		break;
	case TIMER_CVAL:
		avcpu_timer_write_cval(vcpu, t->which, val);
		break;
	}
	return 0;
}

typedef int (*reg_fn)(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);

struct room {
	u64 coproc;
	reg_fn get, set;
};

static const struct room rooms[] = {
	{ KVM_REG_ARM_CORE, avcpu_corereg_get_user, avcpu_corereg_set_user },
	{ KVM_REG_ARM_FW, avcpu_fw_get_reg, avcpu_fw_set_reg },
	{ KVM_REG_ARM_FW_FEAT_BMAP, avcpu_fw_get_reg, avcpu_fw_set_reg },
	{ KVM_REG_ARM64_SYSREG, avcpu_sysreg_get_user, avcpu_sysreg_set_user },
	{ KVM_REG_ARM_DEMUX, avcpu_sysreg_get_user, avcpu_sysreg_set_user },
};

static const struct room timer_room = { .get = get_timer, .set = set_timer };

/* -EINVAL for another architecture's registers, -ENOENT for those of no room. */
static int find_room(u64 id, const struct room **room)
{
	unsigned int i;

	if ((id & ~KVM_REG_SIZE_MASK) >> 32 != KVM_REG_ARM64 >> 32)
		return -EINVAL;
	if (find_timer(id)) {
		*room = &timer_room;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		if ((id & KVM_REG_ARM_COPROC_MASK) == rooms[i].coproc) {
			*room = &rooms[i];
			return 0;
		}
	}
	return -ENOENT;
}

/**
 * avcpu_arch_get_reg() - KVM_GET_ONE_REG
 * @vcpu: initialised and not loaded; vcpu->mutex is held
 * @reg: id and address, from user space
 */
int avcpu_arch_get_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct room *room;
	int ret = find_room(reg->id, &room);

	return ret ?: room->get(vcpu, reg);
}

/**
 * avcpu_arch_set_reg() - KVM_SET_ONE_REG
 * @vcpu: initialised and not loaded; vcpu->mutex is held
 * @reg: id and address, from user space
 *
 * A value that is refused changes nothing.
 */
int avcpu_arch_set_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct room *room;
	int ret = find_room(reg->id, &room);

	return ret ?: room->set(vcpu, reg);
}

/**
 * avcpu_arch_num_regs() - length of KVM_GET_REG_LIST
 * @vcpu: initialised; vcpu->mutex is held
 */
unsigned long avcpu_arch_num_regs(struct avcpu_vcpu *vcpu)
{
	return avcpu_corereg_num(vcpu) + avcpu_fw_num_regs(vcpu) +
	       ARRAY_SIZE(timer_regs) + avcpu_sysreg_num(vcpu);
}

/**
 * avcpu_arch_copy_reg_indices() - KVM_GET_REG_LIST
 * @vcpu: initialised; vcpu->mutex is held
 * @uindices: room for avcpu_arch_num_regs() ids
 *
 * Return: 0 or -EFAULT.
 */
int avcpu_arch_copy_reg_indices(struct avcpu_vcpu *vcpu, u64 __user *uindices)
{
	unsigned int i;
	int ret;

	ret = avcpu_corereg_copy_indices(vcpu, &uindices);
	if (ret)
		return ret;
	ret = avcpu_fw_copy_indices(vcpu, uindices);
	if (ret)
		return ret;
	uindices += avcpu_fw_num_regs(vcpu);
	for (i = 0; i < ARRAY_SIZE(timer_regs); i++)
		if (put_user(timer_regs[i].id, uindices++))
			return -EFAULT;
	return avcpu_sysreg_copy_indices(vcpu, &uindices);
}
