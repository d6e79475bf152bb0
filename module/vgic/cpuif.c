// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU interface's registers as user space saves and restores them:
 * KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS. The guest has them in hardware, as
 * ICH_VMCR_EL2 and ICH_AP<n>R_EL2 (IHI 0069, 12.4.11); the vCPU is not loaded.
 */
#include <linux/bitfield.h>
#include <asm/sysreg.h>

#include "../arch/gic.h"
#include "internal.h"

/* ICC_CTLR_EL1 (12.2.6) */
#define CTLR_CBPR	BIT_ULL(0)
#define CTLR_EOIMODE	BIT_ULL(1)
#define CTLR_PRIBITS	GENMASK_ULL(10, 8)
#define CTLR_IDBITS	GENMASK_ULL(13, 11)
#define CTLR_SEIS	BIT_ULL(14)
#define CTLR_A3V	BIT_ULL(15)

/* ICC_SRE_EL1 (12.2.21): no memory-mapped interface, no bypass */
#define SRE_SRE		BIT_ULL(0)
#define SRE_DFB		BIT_ULL(1)
#define SRE_DIB		BIT_ULL(2)

#define MAX_BPR		7

/**
 * struct cpuif_reg - a register
 * @reg: its encoding
 * @vmcr: the field of ICH_VMCR_EL2 that it is, 0: see @get and @set
 * @field: where it is in the register
 * @n: which of an array of registers
 * @get: reads it; 0 or an errno
 * @set: writes it; 0 or an errno
 */
struct cpuif_reg {
	u32 reg;
	u32 vmcr;
	u32 field;
	u8 n;
	int (*get)(struct avcpu_cpuif *cif, unsigned int n, u64 *val);
	int (*set)(struct avcpu_cpuif *cif, unsigned int n, u64 val);
};

static u64 vmcr_get(const struct avcpu_cpuif *cif, u64 field)
{
	return (cif->vmcr & field) >> __ffs64(field);
}

/* VFIQEn is RES1 where the interface is not memory-mapped. */
static void vmcr_set(struct avcpu_cpuif *cif, u64 field, u64 val)
{
	cif->vmcr &= ~field;
	cif->vmcr |= (val << __ffs64(field) & field) | AVCPU_VMCR_FIQEN;
}

static int get_ctlr(struct avcpu_cpuif *cif, unsigned int n, u64 *val)
{
	*val = FIELD_PREP(CTLR_PRIBITS, cif->pri_bits - 1) |
	       FIELD_PREP(CTLR_IDBITS, cif->id_bits) |
	       FIELD_PREP(CTLR_SEIS, avcpu_gic.seis) |
	       FIELD_PREP(CTLR_A3V, avcpu_gic.a3v) |
	       FIELD_PREP(CTLR_CBPR, vmcr_get(cif, AVCPU_VMCR_CBPR)) |
	       FIELD_PREP(CTLR_EOIMODE, vmcr_get(cif, AVCPU_VMCR_EOIM));
	return 0;
}

/* The guest sees this CPU's: it must not have had more where it comes from. */
static int set_ctlr(struct avcpu_cpuif *cif, unsigned int n, u64 val)
{
	u8 pri_bits = FIELD_GET(CTLR_PRIBITS, val) + 1;
	u8 id_bits = FIELD_GET(CTLR_IDBITS, val);

	if (pri_bits > cif->pri_bits || id_bits > cif->id_bits ||
	    FIELD_GET(CTLR_SEIS, val) != avcpu_gic.seis ||
	    FIELD_GET(CTLR_A3V, val) != avcpu_gic.a3v)
		return -EINVAL;

	cif->pri_bits = pri_bits;
	cif->id_bits = id_bits;
	vmcr_set(cif, AVCPU_VMCR_CBPR, FIELD_GET(CTLR_CBPR, val));
	vmcr_set(cif, AVCPU_VMCR_EOIM, FIELD_GET(CTLR_EOIMODE, val));
	return 0;
}

/* With CBPR it reads as that of group 0, plus one, and ignores writes. */
static int get_bpr1(struct avcpu_cpuif *cif, unsigned int n, u64 *val)
{
	if (cif->vmcr & AVCPU_VMCR_CBPR)
		*val = min_t(u64, vmcr_get(cif, AVCPU_VMCR_BPR0) + 1, MAX_BPR);
	else
		*val = vmcr_get(cif, AVCPU_VMCR_BPR1);
	return 0;
}

static int set_bpr1(struct avcpu_cpuif *cif, unsigned int n, u64 val)
{
	if (!(cif->vmcr & AVCPU_VMCR_CBPR))
		vmcr_set(cif, AVCPU_VMCR_BPR1, val & MAX_BPR);
	return 0;
}

static int get_sre(struct avcpu_cpuif *cif, unsigned int n, u64 *val)
{
	*val = SRE_SRE | SRE_DFB | SRE_DIB;
	return 0;
}

static int set_sre(struct avcpu_cpuif *cif, unsigned int n, u64 val)
{
	return val & SRE_SRE ? 0 : -EINVAL;
}

/* How many there are follows from the priority bits (12.2.1). */
static u64 *apr(struct avcpu_cpuif *cif, u64 *regs, unsigned int n)
{
	unsigned int count = cif->pri_bits < 5 ? 1 : 1 << (cif->pri_bits - 5);

	return n < min_t(unsigned int, count, AVCPU_MAX_APRS) ? &regs[n] : NULL;
}

static int get_apr(struct avcpu_cpuif *cif, u64 *regs, unsigned int n, u64 *val)
{
	const u64 *reg = apr(cif, regs, n);

	if (!reg)
		return -EINVAL;
	*val = *reg;
	return 0;
}

static int set_apr(struct avcpu_cpuif *cif, u64 *regs, unsigned int n, u64 val)
{
	u64 *reg = apr(cif, regs, n);

	if (!reg)
		return -EINVAL;
	*reg = lower_32_bits(val);
	return 0;
}

static int get_ap0r(struct avcpu_cpuif *cif, unsigned int n, u64 *val)
{
	return get_apr(cif, cif->ap0r, n, val);
}

static int set_ap0r(struct avcpu_cpuif *cif, unsigned int n, u64 val)
{
	return set_apr(cif, cif->ap0r, n, val);
}

static int get_ap1r(struct avcpu_cpuif *cif, unsigned int n, u64 *val)
{
	return get_apr(cif, cif->ap1r, n, val);
}

static int set_ap1r(struct avcpu_cpuif *cif, unsigned int n, u64 val)
{
	return set_apr(cif, cif->ap1r, n, val);
}

#define REG(crn, crm, op2)	sys_reg(3, 0, crn, crm, op2)
#define AP0R(nr)		{ .reg = REG(12, 8, 4 | (nr)), .n = (nr), \
				  .get = get_ap0r, .set = set_ap0r }
#define AP1R(nr)		{ .reg = REG(12, 9, (nr)), .n = (nr), \
				  .get = get_ap1r, .set = set_ap1r }

static const struct cpuif_reg cpuif_regs[] = {
	/* ICC_PMR_EL1 */
	{ .reg = REG(4, 6, 0), .vmcr = AVCPU_VMCR_PMR, .field = GENMASK(7, 0) },
	/* ICC_BPR0_EL1 */
	{ .reg = REG(12, 8, 3), .vmcr = AVCPU_VMCR_BPR0, .field = GENMASK(2, 0) },
	AP0R(0), AP0R(1), AP0R(2), AP0R(3),
	AP1R(0), AP1R(1), AP1R(2), AP1R(3),
	/* ICC_BPR1_EL1 */
	{ .reg = REG(12, 12, 3), .get = get_bpr1, .set = set_bpr1 },
	/* ICC_CTLR_EL1 */
	{ .reg = REG(12, 12, 4), .get = get_ctlr, .set = set_ctlr },
	/* ICC_SRE_EL1 */
	{ .reg = REG(12, 12, 5), .get = get_sre, .set = set_sre },
	/* ICC_IGRPEN0_EL1 */
	{ .reg = REG(12, 12, 6), .vmcr = AVCPU_VMCR_ENG0, .field = BIT(0) },
	/* ICC_IGRPEN1_EL1 */
	{ .reg = REG(12, 12, 7), .vmcr = AVCPU_VMCR_ENG1, .field = BIT(0) },
};

/* The attribute: Op0 [15:14], Op1 [13:11], CRn [10:7], CRm [6:3], Op2 [2:0] */
static const struct cpuif_reg *find_reg(u64 attr)
{
	u32 reg = sys_reg(attr >> 14 & 3, attr >> 11 & 7, attr >> 7 & 15,
			  attr >> 3 & 15, attr & 7);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cpuif_regs); i++)
		if (cpuif_regs[i].reg == reg)
			return &cpuif_regs[i];
	return NULL;
}

bool avcpu_cpuif_has_reg(u64 attr)
{
	return find_reg(attr);
}

/**
 * avcpu_cpuif_get_reg() - read a register of the CPU interface
 * @vcpu: the vCPU
 * @val: what is read
 * @attr: kvm_device_attr.attr
 *
 * No vCPU runs. Return: 0; -ENOENT if there is none such; -EINVAL if this CPU does
 * not have it.
 */
int avcpu_cpuif_get_reg(struct avcpu_vcpu *vcpu, u64 attr, u64 *val)
{
	const struct cpuif_reg *reg = find_reg(attr);

	if (!reg)
		return -ENOENT;
	if (reg->get)
		return reg->get(&vcpu->vgic.cpuif, reg->n, val);
	*val = vmcr_get(&vcpu->vgic.cpuif, reg->vmcr) << __ffs(reg->field);
	return 0;
}

/* Write one; as above, and -EINVAL for what this CPU cannot do. */
int avcpu_cpuif_set_reg(struct avcpu_vcpu *vcpu, u64 attr, u64 val)
{
	const struct cpuif_reg *reg = find_reg(attr);

	if (!reg)
		return -ENOENT;
	if (reg->set)
		return reg->set(&vcpu->vgic.cpuif, reg->n, val);
	vmcr_set(&vcpu->vgic.cpuif, reg->vmcr, (val & reg->field) >> __ffs(reg->field));
	return 0;
}

/* All of ICH_VMCR_EL2 0: the binary points take their least value by themselves. */
void avcpu_cpuif_reset(struct avcpu_vcpu *vcpu)
{
	struct avcpu_cpuif *cif = &vcpu->vgic.cpuif;

	cif->vmcr = 0;
	cif->pri_bits = avcpu_gic.pri_bits;
	cif->id_bits = avcpu_gic.id_bits;
}
