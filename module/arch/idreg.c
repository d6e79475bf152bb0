// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's ID registers: sys_reg(3, 0, 0, 1..7, 0..7), and CTR_EL0.
 *
 * The host's sanitised value is passed field by field, through a list: what is
 * not in the list reads as zero, which says "not implemented" wherever zero can
 * say so. A feature stands in the list when it needs nothing of EL2 or when
 * EL2's part of it is done here; the number is the highest value we know.
 * HCR_EL2.TID3 traps them all, so this is what the guest reads.
 *
 * Until a vCPU runs, user space may lower what it finds, within the masks that
 * KVM_ARM_GET_REG_WRITABLE_MASKS gives, which are KVM's.
 */
#include <linux/printk.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>

#include "sysreg.h"

enum field_kind {
	FIELD_LOWER = 1,	/* a lower value promises less */
	FIELD_SIGNED,		/* likewise, and -1 is "not implemented" */
	FIELD_HIGHER,		/* a higher value promises less */
};

struct field {
	const char *name;
	u8 kind;
	u8 shift;
	s8 max;
};

/* Four bits each, all of them; the name is the architecture's. */
#define LOWER(name, shift, max)		{ #name, FIELD_LOWER, shift, max }
#define SIGNED(name, shift, max)	{ #name, FIELD_SIGNED, shift, max }
#define HIGHER(name, shift)		{ #name, FIELD_HIGHER, shift, 0xf }

#define MAX_FIELDS	16

struct idreg {
	u8 crm, op2;
	bool aa32;		/* RAZ/WI without AArch32 at EL0 */
	u64 writable;		/* KVM's mask */
	struct field field[MAX_FIELDS];
};

#define NIB(shift)	(0xfULL << (shift))

/* A register of AArch32 has no field in it that EL1 in AArch64 depends on. */
#define AA32_LOW(shift)	LOWER(any, shift, 0xf)
#define AA32(crm_, op2_) {						\
	.crm = (crm_), .op2 = (op2_), .aa32 = true,			\
	.writable = GENMASK_ULL(31, 0),					\
	.field = { AA32_LOW(0), AA32_LOW(4), AA32_LOW(8), AA32_LOW(12),	\
		   AA32_LOW(16), AA32_LOW(20), AA32_LOW(24), AA32_LOW(28) }, \
}

static const struct idreg idregs[] = {
	AA32(1, 0),			/* ID_PFR0_EL1 */
	{				/* ID_PFR1_EL1 */
		.crm = 1, .op2 = 1, .aa32 = true, .writable = GENMASK_ULL(31, 0),
		.field = { AA32_LOW(0), AA32_LOW(4), AA32_LOW(8), AA32_LOW(12),
			   AA32_LOW(16), AA32_LOW(20), AA32_LOW(24),
			   LOWER(GIC, 28, 1) },
	},
	{				/* ID_DFR0_EL1, no PerfMon, no TraceFilt */
		.crm = 1, .op2 = 2, .aa32 = true, .writable = GENMASK_ULL(31, 0),
		.field = { LOWER(CopDbg, 0, 0xa), AA32_LOW(4), AA32_LOW(8),
			   AA32_LOW(12), AA32_LOW(16), AA32_LOW(20) },
	},
	{				/* ID_MMFR0_EL1 */
		.crm = 1, .op2 = 4, .aa32 = true, .writable = GENMASK_ULL(31, 0),
		.field = { AA32_LOW(0), AA32_LOW(4), SIGNED(OuterShr, 8, 7),
			   AA32_LOW(12), AA32_LOW(16), AA32_LOW(20), AA32_LOW(24),
			   SIGNED(InnerShr, 28, 7) },
	},
	AA32(1, 5),			/* ID_MMFR1_EL1 */
	AA32(1, 6),			/* ID_MMFR2_EL1 */
	AA32(1, 7),			/* ID_MMFR3_EL1 */
	AA32(2, 0),			/* ID_ISAR0_EL1 */
	AA32(2, 1),			/* ID_ISAR1_EL1 */
	AA32(2, 2),			/* ID_ISAR2_EL1 */
	AA32(2, 3),			/* ID_ISAR3_EL1 */
	AA32(2, 4),			/* ID_ISAR4_EL1 */
	AA32(2, 5),			/* ID_ISAR5_EL1 */
	{				/* ID_MMFR4_EL1, no CCIDX */
		.crm = 2, .op2 = 6, .aa32 = true, .writable = GENMASK_ULL(31, 0),
		.field = { HIGHER(SpecSEI, 0), AA32_LOW(4), AA32_LOW(8),
			   AA32_LOW(12), AA32_LOW(16), AA32_LOW(20),
			   AA32_LOW(28) },
	},
	AA32(2, 7),			/* ID_ISAR6_EL1 */
	AA32(3, 0),			/* MVFR0_EL1 */
	AA32(3, 1),			/* MVFR1_EL1 */
	AA32(3, 2),			/* MVFR2_EL1 */
	AA32(3, 4),			/* ID_PFR2_EL1 */
	AA32(3, 6),			/* ID_MMFR5_EL1 */

	{				/* ID_AA64PFR0_EL1: no EL2, SVE, MPAM, AMU */
		.crm = 4, .op2 = 0,
		.writable = ~(NIB(44) | NIB(40) | NIB(32) | NIB(28) | NIB(20) | NIB(16)),
		.field = {
			LOWER(EL0, 0, 2), LOWER(EL1, 4, 1), LOWER(EL3, 12, 1),
			SIGNED(FP, 16, 1), SIGNED(AdvSIMD, 20, 1),
			LOWER(GIC, 24, 1), LOWER(RAS, 28, 1), LOWER(DIT, 48, 1),
			LOWER(CSV2, 56, 1), LOWER(CSV3, 60, 1),
		},
	}, {				/* ID_AA64PFR1_EL1: no MTE, SME, NMI, GCS */
		.crm = 4, .op2 = 1,
		.writable = NIB(0) | NIB(4) | NIB(32),
		.field = { LOWER(BT, 0, 1), LOWER(SSBS, 4, 2) },
	}, {				/* ID_AA64PFR2_EL1: FPMR is not offered */
		.crm = 4, .op2 = 2, .writable = NIB(32),
	}, {				/* ID_AA64ZFR0_EL1: SVE is not offered */
		.crm = 4, .op2 = 4,
		.writable = NIB(0) | NIB(4) | NIB(16) | NIB(20) | NIB(24) |
			    NIB(32) | NIB(40) | NIB(44) | NIB(52) | NIB(56),
	}, {				/* ID_AA64FPFR0_EL1: FP8 is not offered */
		.crm = 4, .op2 = 7, .writable = GENMASK_ULL(31, 28) | GENMASK_ULL(1, 0),
	}, {				/* ID_AA64DFR0_EL1: no PMU, SPE, trace */
		.crm = 5, .op2 = 0,
		.writable = NIB(0) | NIB(8) | NIB(20) | NIB(36),
		.field = {
			LOWER(DebugVer, 0, 0xa), LOWER(BRPs, 12, 0xf),
			LOWER(WRPs, 20, 0xf), LOWER(CTX_CMPs, 28, 0xf),
			SIGNED(DoubleLock, 36, 0),
		},
	}, {				/* ID_AA64ISAR0_EL1 */
		.crm = 6, .op2 = 0,
		.writable = ~NIB(0),
		.field = {
			LOWER(AES, 4, 2), LOWER(SHA1, 8, 1), LOWER(SHA2, 12, 2),
			LOWER(CRC32, 16, 1), LOWER(Atomic, 20, 3),
			LOWER(RDM, 28, 1), LOWER(SHA3, 32, 1), LOWER(SM3, 36, 1),
			LOWER(SM4, 40, 1), LOWER(DP, 44, 1), LOWER(FHM, 48, 1),
			LOWER(TS, 52, 2), LOWER(TLB, 56, 2), LOWER(RNDR, 60, 1),
		},
	}, {				/* ID_AA64ISAR1_EL1: no PAuth, LS64 */
		.crm = 6, .op2 = 1,
		.writable = ~(NIB(4) | NIB(8) | NIB(24) | NIB(28)),
		.field = {
			LOWER(DPB, 0, 2), LOWER(JSCVT, 12, 1), LOWER(FCMA, 16, 1),
			LOWER(LRCPC, 20, 3), LOWER(FRINTTS, 32, 1),
			LOWER(SB, 36, 1), LOWER(SPECRES, 40, 2),
			LOWER(BF16, 44, 2), LOWER(DGH, 48, 1), LOWER(I8MM, 52, 1),
			LOWER(XS, 56, 1),
		},
	}, {				/* ID_AA64ISAR2_EL1: no WFxT, MOPS, PAuth */
		.crm = 6, .op2 = 2,
		.writable = ~(NIB(8) | NIB(12) | NIB(44)),
		.field = {
			LOWER(RPRES, 4, 1), LOWER(BC, 20, 1), LOWER(CLRBHB, 28, 1),
			LOWER(RPRFM, 48, 1), LOWER(CSSC, 52, 1), LOWER(LUT, 56, 1),
		},
	}, {				/* ID_AA64MMFR0_EL1: no FGT, ECV; PA to 48 bits */
		.crm = 7, .op2 = 0,
		.writable = ~(NIB(4) | NIB(32) | NIB(36) | NIB(40) | NIB(48) | NIB(52)),
		.field = {
			LOWER(PARange, 0, 5), LOWER(ASIDBits, 4, 2),
			LOWER(BigEnd, 8, 1), LOWER(SNSMem, 12, 1),
			LOWER(BigEndEL0, 16, 1), LOWER(TGran16, 20, 1),
			SIGNED(TGran64, 24, 0), SIGNED(TGran4, 28, 0),
			LOWER(ExS, 44, 1),
		},
	}, {				/* ID_AA64MMFR1_EL1: no VHE, LOR, XNX, HCX, TWED */
		.crm = 7, .op2 = 1,
		.writable = ~(NIB(4) | NIB(8) | NIB(28) | NIB(32) | NIB(40)),
		.field = {
			LOWER(HAFDBS, 0, 2), LOWER(HPDS, 12, 2), LOWER(PAN, 20, 3),
			HIGHER(SpecSEI, 24), LOWER(ETS, 36, 3), LOWER(AFP, 44, 1),
			LOWER(TIDCP1, 52, 1), LOWER(ECBHB, 60, 1),
		},
	}, {				/* ID_AA64MMFR2_EL1: no CCIDX, NV, FWB, EVT */
		.crm = 7, .op2 = 2,
		.writable = ~(NIB(20) | NIB(24) | NIB(36) | NIB(40) | NIB(44) | NIB(56)),
		.field = {
			LOWER(CnP, 0, 1), LOWER(UAO, 4, 1), LOWER(LSM, 8, 1),
			LOWER(IESB, 12, 1), LOWER(VARange, 16, 1), LOWER(ST, 28, 1),
			LOWER(AT, 32, 1), LOWER(IDS, 36, 2), LOWER(TTL, 48, 1),
			LOWER(BBM, 52, 2), LOWER(E0PD, 60, 1),
		},
	}, {				/* ID_AA64MMFR3_EL1: no TCR2, S1PIE, S1POE */
		.crm = 7, .op2 = 3, .writable = NIB(0) | NIB(8) | NIB(16),
	},
};

#define PFR0_GIC	NIB(24)
#define PFR0_GIC_IMP	BIT_ULL(24)
#define PFR0_MPAM	NIB(40)
#define PFR0_RAS	NIB(28)
#define PFR1_GIC32	NIB(28)
#define PFR1_MPAM_FRAC	NIB(16)
#define DFR0_PMUVER	NIB(8)
#define DFR0_PERFMON	NIB(24)

#define INDEX(crm, op2)	(((crm) - 1) * 8 + (op2))
#define ENC(crm, op2)	sys_reg(3, 0, 0, crm, op2)

bool avcpu_idreg_covers(u32 enc)
{
	return enc >= ENC(1, 0) && enc <= ENC(7, 7);
}

u32 avcpu_idreg_encoding(unsigned int index)
{
	return ENC(index / 8 + 1, index % 8);
}

static unsigned int enc_to_index(u32 enc)
{
	return INDEX(sys_reg_CRm(enc), sys_reg_Op2(enc));
}

static const struct idreg *find_idreg(u32 enc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idregs); i++)
		if (enc == ENC(idregs[i].crm, idregs[i].op2))
			return &idregs[i];
	return NULL;
}

static s8 nibble_get(const struct field *f, u64 val)
{
	u8 v = (val >> f->shift) & 0xf;

	return f->kind == FIELD_SIGNED && v > 7 ? (s8)v - 16 : v;
}

static u64 nibble_put(const struct field *f, s8 v)
{
	return ((u64)v & 0xf) << f->shift;
}

static bool field_allowed(const struct field *f, s8 val, s8 limit)
{
	return f->kind == FIELD_HIGHER ? val >= limit : val <= limit;
}

/* The most that a guest may be told, on this host. */
static u64 limit_of(u32 enc)
{
	const struct idreg *id = find_idreg(enc);
	const struct field *f;
	u64 host, val = 0;

	if (!id || !id->field[0].kind || (id->aa32 && !avcpu_hw.aa32_el0))
		return 0;

	host = read_sanitised_ftr_reg(enc);
	for (f = id->field; f < id->field + MAX_FIELDS && f->kind; f++)
		val |= nibble_put(f, min(nibble_get(f, host), f->max));

	switch (enc) {
	case ENC(4, 0):
		/* GIC: the CPU interface by system registers; see avcpu_idreg_fix(). */
		val &= ~(PFR0_GIC | (avcpu_hw.ras ? 0 : PFR0_RAS));
		val |= avcpu_hw.vgic_v3 ? PFR0_GIC_IMP : 0;
		break;
	case ENC(1, 1):
		val &= avcpu_hw.vgic_v3 ? ~0ULL : ~PFR1_GIC32;
		break;
	}
	return val;
}

/**
 * avcpu_idreg_vm_init() - the ID registers of a new VM: all that may be offered
 * @vm: VM that nobody else knows yet
 */
void avcpu_idreg_vm_init(struct avcpu_vm *vm)
{
	unsigned int i;

	for (i = 0; i < AVCPU_NR_ID_REGS; i++)
		vm->arch.id[i] = limit_of(avcpu_idreg_encoding(i));
	vm->arch.ctr = avcpu_cache_guest_ctr();
}

/**
 * avcpu_idreg_fix() - make the ID registers final
 * @vm: VM of which a vCPU is about to run; vm->config_lock is held
 *
 * User space reads GIC = 1 as long as a vGIC may still be created, because
 * VMMs read the registers, create the vGIC and write back what they had read.
 * Without one there is no GIC CPU interface, and the guest must not see one.
 */
void avcpu_idreg_fix(struct avcpu_vm *vm)
{
	if (vm->ran_once || avcpu_vgic_present(&vm->vgic))
		return;
	vm->arch.id[INDEX(4, 0)] &= ~PFR0_GIC;
	vm->arch.id[INDEX(1, 1)] &= ~PFR1_GIC32;
}

/**
 * avcpu_idreg_get() - an ID register as the guest sees it
 * @vm: VM that runs, or that is in its creation
 * @encoding: sys_reg(3, 0, 0, 1..7, 0..7); others are 0
 */
u64 avcpu_idreg_get(const struct avcpu_vm *vm, u32 encoding)
{
	if (!avcpu_idreg_covers(encoding))
		return 0;
	return vm->arch.id[enc_to_index(encoding)];
}

bool avcpu_idreg_access(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			const struct avcpu_sysreg *row)
{
	a->val = avcpu_idreg_get(vcpu->vm, a->enc);
	return true;
}

int avcpu_idreg_get_user(struct avcpu_vm *vm, u32 enc, u64 *val)
{
	mutex_lock(&vm->config_lock);
	*val = avcpu_idreg_get(vm, enc);
	mutex_unlock(&vm->config_lock);
	return 0;
}

/* Every field of @val promises no more than @limit; the rest is as in @limit. */
static int check_value(const struct idreg *id, u64 val, u64 limit)
{
	const struct field *f;
	u64 checked = 0;

	for (f = id->field; f < id->field + MAX_FIELDS && f->kind; f++) {
		if ((NIB(f->shift) & id->writable) != NIB(f->shift))
			continue;
		if (!field_allowed(f, nibble_get(f, val), nibble_get(f, limit))) {
			pr_debug_ratelimited("avcpu: ID register 3,0,0,%u,%u: %s is not offered\n",
					     id->crm, id->op2, f->name);
			return -EINVAL;
		}
		checked |= NIB(f->shift);
	}
	return (val ^ limit) & ~checked ? -EINVAL : 0;
}

/*
 * Values that KVM once gave to user space and so takes back, and fields whose
 * least value is not zero: DebugVer and CopDbg start at Armv8's 6, PerfMon at
 * PMUv3's 3.
 */
static int adjust_value(u32 enc, u64 *val)
{
	u64 host;

	switch (enc) {
	case ENC(4, 0):
		host = read_sanitised_ftr_reg(enc);
		if (!((*val ^ host) & PFR0_MPAM))
			*val &= ~PFR0_MPAM;
		break;
	case ENC(4, 1):
		host = read_sanitised_ftr_reg(enc);
		if (!((*val ^ host) & PFR1_MPAM_FRAC))
			*val &= ~PFR1_MPAM_FRAC;
		break;
	case ENC(5, 0):
		if ((*val & DFR0_PMUVER) == DFR0_PMUVER)
			*val &= ~DFR0_PMUVER;
		if ((*val & 0xf) < 6)
			return -EINVAL;
		break;
	case ENC(1, 2):
		if ((*val & DFR0_PERFMON) == DFR0_PERFMON)
			*val &= ~DFR0_PERFMON;
		if ((*val & DFR0_PERFMON) && (*val & DFR0_PERFMON) >> 24 < 3)
			return -EINVAL;
		if ((*val & 0xf) < 6)
			return -EINVAL;
		break;
	}
	return 0;
}

/* Store @val in @where unless the VM has run; with the lock held. */
static int store(struct avcpu_vm *vm, u64 *where, u64 val, int checked)
{
	if (vm->ran_once)
		return *where == val ? 0 : -EBUSY;
	if (checked)
		return checked;
	*where = val;
	return 0;
}

/**
 * avcpu_idreg_set_user() - user space sets an ID register
 * @vm: a vCPU's mutex is held
 * @enc: encoding that avcpu_idreg_covers()
 * @val: value
 *
 * Return: 0; -EINVAL if @val promises what we do not offer or differs where it
 * may not; -EBUSY if it would change what a guest may have read.
 */
int avcpu_idreg_set_user(struct avcpu_vm *vm, u32 enc, u64 val)
{
	u64 *where = &vm->arch.id[enc_to_index(enc)];
	const struct idreg *id = find_idreg(enc);
	int ret;

	/* RAZ/WI, as these are UNKNOWN without AArch32 (DDI 0487, D19.2) */
	if (id && id->aa32 && !avcpu_hw.aa32_el0)
		return 0;

	mutex_lock(&vm->config_lock);
	/* What GET returned is taken back, whatever the rules were. */
	if (val == *where)
		ret = 0;
	else
		ret = id ? adjust_value(enc, &val) : -EINVAL;
	if (!ret && val != *where)
		ret = check_value(id, val, limit_of(enc));
	ret = store(vm, where, val, ret);
	mutex_unlock(&vm->config_lock);
	return ret;
}

/* CTR_EL0: caches may seem to need more maintenance than they do, not less. */
#define CTR_DIC		BIT_ULL(29)
#define CTR_IDC		BIT_ULL(28)
#define CTR_DMINLINE	NIB(16)
#define CTR_IMINLINE	NIB(0)
#define CTR_WRITABLE	(CTR_DIC | CTR_IDC | CTR_DMINLINE | CTR_IMINLINE)

static int check_ctr(u64 val, u64 limit)
{
	static const u64 fields[] = { CTR_DIC, CTR_IDC, CTR_DMINLINE, CTR_IMINLINE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if ((val & fields[i]) > (limit & fields[i]))
			return -EINVAL;
	return (val ^ limit) & ~CTR_WRITABLE ? -EINVAL : 0;
}

int avcpu_idreg_get_ctr(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
			u64 *val)
{
	struct avcpu_vm *vm = vcpu->vm;

	mutex_lock(&vm->config_lock);
	*val = vm->arch.ctr;
	mutex_unlock(&vm->config_lock);
	return 0;
}

int avcpu_idreg_set_ctr(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
			u64 val)
{
	struct avcpu_vm *vm = vcpu->vm;
	int ret;

	mutex_lock(&vm->config_lock);
	ret = store(vm, &vm->arch.ctr, val, check_ctr(val, avcpu_cache_hw_ctr()));
	mutex_unlock(&vm->config_lock);
	return ret;
}

/* Index in the array of KVM_ARM_GET_REG_WRITABLE_MASKS: op1 is 0, 1 or 3. */
static unsigned int range_index(u32 enc)
{
	unsigned int op1 = sys_reg_Op1(enc);

	return (op1 == 3 ? 2 : op1) * 64 + sys_reg_CRm(enc) * 8 + sys_reg_Op2(enc);
}

/**
 * avcpu_idreg_writable_masks() - which bits of ID registers may be changed
 * @masks: user's array of AVCPU_ID_RANGE_SIZE words
 *
 * Return: 0 or -EFAULT.
 */
int avcpu_idreg_writable_masks(u64 __user *masks)
{
	const struct idreg *id;

	if (clear_user(masks, AVCPU_ID_RANGE_SIZE * sizeof(*masks)))
		return -EFAULT;
	for (id = idregs; id < idregs + ARRAY_SIZE(idregs); id++) {
		if (!id->writable || (id->aa32 && !avcpu_hw.aa32_el0))
			continue;
		if (put_user(id->writable, masks + range_index(ENC(id->crm, id->op2))))
			return -EFAULT;
	}
	if (put_user(GENMASK_ULL(46, 0), masks + range_index(sys_reg(3, 1, 0, 0, 1))) ||
	    put_user(CTR_WRITABLE, masks + range_index(sys_reg(3, 3, 0, 0, 1))))
		return -EFAULT;
	return 0;
}
