// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of our firmware, by which user space chooses what the guest
 * finds: KVM_REG_ARM_FW and KVM_REG_ARM_FW_FEAT_BMAP. All vCPUs share them.
 */
#include <linux/arm-smccc.h>
#include <linux/kvm.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <uapi/linux/psci.h>
#include <asm/cpufeature.h>

#include "arch/arch.h"
#include "smccc.h"

/* The newest there is; a VM starts with it. */
#define PSCI_NEWEST	PSCI_VERSION(1, 3)

/* The low bits of a workaround register are a level; more is better. */
#define WA_LEVEL	GENMASK(3, 0)

/* Services that we have, by enum avcpu_fw_bmap. */
static const u64 services[AVCPU_NR_FW_BMAPS] = {
	[AVCPU_FW_STD]		= BIT(KVM_REG_ARM_STD_BIT_TRNG_V1_0),
	[AVCPU_FW_STD_HYP]	= BIT(KVM_REG_ARM_STD_HYP_BIT_PV_TIME),
	[AVCPU_FW_VENDOR_HYP]	= BIT(KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT) |
				  BIT(KVM_REG_ARM_VENDOR_HYP_BIT_PTP),
	[AVCPU_FW_VENDOR_HYP_2]	= BIT(KVM_REG_ARM_VENDOR_HYP_BIT_DISCOVER_IMPL_VER) |
				  BIT(KVM_REG_ARM_VENDOR_HYP_BIT_DISCOVER_IMPL_CPUS),
};

/*
 * Levels of the workarounds, by enum avcpu_fw_wa: either the CPUs are known not
 * to need it, or there is none. None is forwarded to the machine's firmware.
 */
static u32 wa_level[AVCPU_NR_FW_WA];

static const u32 wa_function[AVCPU_NR_FW_WA] = {
	[AVCPU_FW_WA1]	= ARM_SMCCC_ARCH_WORKAROUND_1,
	[AVCPU_FW_WA2]	= ARM_SMCCC_ARCH_WORKAROUND_2,
	[AVCPU_FW_WA3]	= ARM_SMCCC_ARCH_WORKAROUND_3,
};

static const u32 wa_not_required[AVCPU_NR_FW_WA] = {
	[AVCPU_FW_WA1]	= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_NOT_REQUIRED,
	[AVCPU_FW_WA2]	= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED,
	[AVCPU_FW_WA3]	= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3_NOT_REQUIRED,
};

/* The machine's firmware says of this CPU that it needs no workaround. */
static bool cpu_is_safe(enum avcpu_fw_wa wa)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_invoke(ARM_SMCCC_ARCH_FEATURES_FUNC_ID, wa_function[wa], &res);
	/* Workaround 2 has a code for it of its own (DEN0028 7.6). */
	if (wa == AVCPU_FW_WA2 && (long)res.a0 == SMCCC_RET_NOT_REQUIRED)
		return true;
	return res.a0 == SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED;
}

static void check_cpu(void *info)
{
	unsigned long *unsafe = info;
	int wa;

	for (wa = 0; wa < AVCPU_NR_FW_WA; wa++)
		if (!cpu_is_safe(wa))
			set_bit(wa, unsafe);
}

static bool has_field(u32 reg, unsigned int shift, unsigned int least)
{
	return (read_sanitised_ftr_reg(reg) >> shift & 0xf) >= least;
}

/**
 * avcpu_fw_init() - find out which workarounds the machine does not need
 *
 * The kernel knows, but tells no module; so ask the firmware, on each CPU, and
 * the fields by which a CPU declares itself safe: CSV2 for branch predictors
 * (1), and with CSV2_3 or ECBHB for branch history (3).
 */
void avcpu_fw_init(void)
{
	unsigned long unsafe = 0;
	int wa;

	if (arm_smccc_get_version() >= ARM_SMCCC_VERSION_1_1)
		on_each_cpu(check_cpu, &unsafe, true);
	else
		unsafe = GENMASK(AVCPU_NR_FW_WA - 1, 0);
	if (has_field(SYS_ID_AA64PFR0_EL1, 56, 1))
		clear_bit(AVCPU_FW_WA1, &unsafe);
	if (has_field(SYS_ID_AA64PFR0_EL1, 56, 3) || has_field(SYS_ID_AA64MMFR1_EL1, 60, 1))
		clear_bit(AVCPU_FW_WA3, &unsafe);
	for (wa = 0; wa < AVCPU_NR_FW_WA; wa++)
		wa_level[wa] = test_bit(wa, &unsafe) ? 0 : wa_not_required[wa];
}

/**
 * avcpu_fw_vm_init() - what a new VM's firmware offers
 * @vm: the VM
 */
void avcpu_fw_vm_init(struct avcpu_vm *vm)
{
	vm->arch.psci_version = PSCI_NEWEST;
	memcpy(vm->arch.fw_bmap, services, sizeof(services));
	/* User space would answer these, so it has to offer them. */
	vm->arch.fw_bmap[AVCPU_FW_VENDOR_HYP_2] = 0;
	memcpy(vm->arch.fw_wa, wa_level, sizeof(wa_level));
}

/**
 * avcpu_psci_version() - the version of PSCI that a vCPU finds
 * @vcpu: after KVM_ARM_VCPU_INIT
 *
 * Return: as PSCI_VERSION returns it.
 */
u32 avcpu_psci_version(const struct avcpu_vcpu *vcpu)
{
	if (!test_bit(KVM_ARM_VCPU_PSCI_0_2, vcpu->arch.features))
		return PSCI_VERSION(0, 1);
	return READ_ONCE(vcpu->vm->arch.psci_version);
}

/**
 * struct fw_reg - a register of the firmware
 * @id: for KVM_GET_ONE_REG
 * @which: enum avcpu_fw_bmap or enum avcpu_fw_wa
 * @get: its value
 * @set: vm->config_lock held; 0 or a negative errno
 */
struct fw_reg {
	u64 id;
	int which;
	u64 (*get)(const struct avcpu_vcpu *vcpu, int which);
	int (*set)(struct avcpu_vcpu *vcpu, int which, u64 val);
};

static u64 get_psci(const struct avcpu_vcpu *vcpu, int which)
{
	return avcpu_psci_version(vcpu);
}

static int set_psci(struct avcpu_vcpu *vcpu, int which, u64 val)
{
	/* By VCPU_INIT the vCPU has 0.1, or a later one. */
	if (!test_bit(KVM_ARM_VCPU_PSCI_0_2, vcpu->arch.features))
		return val == PSCI_VERSION(0, 1) ? 0 : -EINVAL;
	if (val != PSCI_VERSION(0, 2) &&
	    (val < PSCI_VERSION(1, 0) || val > PSCI_NEWEST))
		return -EINVAL;
	WRITE_ONCE(vcpu->vm->arch.psci_version, val);
	return 0;
}

static u64 get_wa(const struct avcpu_vcpu *vcpu, int which)
{
	return vcpu->vm->arch.fw_wa[which];
}

/* A guest that was told less elsewhere may come here; what it has is as is. */
static int set_wa(struct avcpu_vcpu *vcpu, int which, u64 val)
{
	if (val & ~WA_LEVEL || val > vcpu->vm->arch.fw_wa[which])
		return -EINVAL;
	return 0;
}

/* Four levels and a bit, of which two are told apart: safe, and not. */
static int set_wa2(struct avcpu_vcpu *vcpu, int which, u64 val)
{
	u64 level = val & WA_LEVEL;

	if (val & ~(WA_LEVEL | KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_ENABLED) ||
	    level > KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED)
		return -EINVAL;
	if (val & KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_ENABLED &&
	    level != KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_AVAIL)
		return -EINVAL;
	if (level >= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_AVAIL && !get_wa(vcpu, which))
		return -EINVAL;
	return 0;
}

static u64 get_bmap(const struct avcpu_vcpu *vcpu, int which)
{
	return READ_ONCE(vcpu->vm->arch.fw_bmap[which]);
}

static int set_bmap(struct avcpu_vcpu *vcpu, int which, u64 val)
{
	u64 *bmap = &vcpu->vm->arch.fw_bmap[which];

	if (val & ~services[which])
		return -EINVAL;
	if (vcpu->vm->ran_once && val != *bmap)
		return -EBUSY;
	WRITE_ONCE(*bmap, val);
	return 0;
}

static const struct fw_reg fw_regs[] = {
	{ KVM_REG_ARM_PSCI_VERSION,		0,			get_psci, set_psci },
	{ KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1,	AVCPU_FW_WA1,		get_wa, set_wa },
	{ KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2,	AVCPU_FW_WA2,		get_wa, set_wa2 },
	{ KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3,	AVCPU_FW_WA3,		get_wa, set_wa },
	{ KVM_REG_ARM_STD_BMAP,			AVCPU_FW_STD,		get_bmap, set_bmap },
	{ KVM_REG_ARM_STD_HYP_BMAP,		AVCPU_FW_STD_HYP,	get_bmap, set_bmap },
	{ KVM_REG_ARM_VENDOR_HYP_BMAP,		AVCPU_FW_VENDOR_HYP,	get_bmap, set_bmap },
	{ KVM_REG_ARM_VENDOR_HYP_BMAP_2,	AVCPU_FW_VENDOR_HYP_2,	get_bmap, set_bmap },
};

static const struct fw_reg *find_reg(u64 id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fw_regs); i++)
		if (fw_regs[i].id == id)
			return &fw_regs[i];
	return NULL;
}

/**
 * avcpu_fw_num_regs() - how many indices avcpu_fw_copy_indices() writes
 * @vcpu: any vCPU
 */
unsigned long avcpu_fw_num_regs(struct avcpu_vcpu *vcpu)
{
	return ARRAY_SIZE(fw_regs);
}

/**
 * avcpu_fw_copy_indices() - the part of KVM_GET_REG_LIST that is the firmware's
 * @vcpu: any vCPU
 * @uind: room for avcpu_fw_num_regs() of them
 *
 * Return: 0 or -EFAULT.
 */
int avcpu_fw_copy_indices(struct avcpu_vcpu *vcpu, u64 __user *uind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fw_regs); i++)
		if (put_user(fw_regs[i].id, uind + i))
			return -EFAULT;
	return 0;
}

/**
 * avcpu_fw_get_reg() - KVM_GET_ONE_REG of a register of the firmware
 * @vcpu: after KVM_ARM_VCPU_INIT, its mutex is held
 * @reg: register and address in user space
 *
 * Return: 0, -ENOENT for a register that there is not, -EFAULT.
 */
int avcpu_fw_get_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct fw_reg *row = find_reg(reg->id);

	if (!row)
		return -ENOENT;
	return put_user(row->get(vcpu, row->which), (u64 __user *)(unsigned long)reg->addr);
}

/**
 * avcpu_fw_set_reg() - KVM_SET_ONE_REG of a register of the firmware
 * @vcpu: after KVM_ARM_VCPU_INIT, its mutex is held
 * @reg: register and address in user space
 *
 * Return: 0; -ENOENT; -EFAULT; -EINVAL for more than there is; -EBUSY for
 * another set of services after a vCPU has run.
 */
int avcpu_fw_set_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct fw_reg *row = find_reg(reg->id);
	u64 val;
	int ret;

	if (!row)
		return -ENOENT;
	if (get_user(val, (u64 __user *)(unsigned long)reg->addr))
		return -EFAULT;
	mutex_lock(&vcpu->vm->config_lock);
	ret = row->set(vcpu, row->which, val);
	mutex_unlock(&vcpu->vm->config_lock);
	return ret;
}
