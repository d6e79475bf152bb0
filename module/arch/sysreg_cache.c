// SPDX-License-Identifier: GPL-2.0
/*
 * What identifies a CPU and its caches: MIDR, MPIDR, CTR, CLIDR, CCSIDR.
 *
 * A guest is shown the caches that the CPU has. So nothing needs to trap: two
 * CTR_EL0 reads for each patched call site of a booting Linux would. It traps
 * (HCR_EL2.TID2, TID4) where the CPUs of the machine differ, where CCSIDR_EL1
 * has the 64-bit format that the ABI cannot carry (FEAT_CCIDX), and where user
 * space set something else, which it does after migration.
 */
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>

#include "sysreg.h"

#define ENC_MMFR2	sys_reg(3, 0, 0, 7, 2)
#define ENC_CTR		sys_reg(3, 3, 0, 0, 1)

#define CTR_IDC		BIT_ULL(28)
#define CTR_LINE(ctr, ind)	(((ctr) >> ((ind) ? 0 : 16)) & 0xf)

#define CLIDR_RES0	GENMASK_ULL(63, 47)
#define SHIFT_LOUIS	21
#define SHIFT_LOC	24
#define SHIFT_LOUU	27

#define CSSELR_IND	BIT(0)
#define CSSELR_MASK	GENMASK(3, 0)
#define CCSIDR_LINE(ccsidr)	((ccsidr) & 7)

/* The machine's, from the CPU that initialised the module. */
static struct {
	u64 midr, revidr, aidr;
	u64 ctr;		/* sanitised over all CPUs: the most that may be claimed */
	u64 raw_ctr;		/* as the CPUs have it */
	u64 clidr;
	u32 ccsidr[AVCPU_NR_CCSIDR];
	bool ccidx;		/* FEAT_CCIDX: @ccsidr is made up */
	bool ctr_differs;	/* some CPU has another CTR_EL0 than @raw_ctr, */
	bool caches_differ;	/* or other caches */
} hw;

/* All fields of CLIDR_EL1 that matter have three bits. */
static u8 clidr_field(u64 clidr, u8 shift)
{
	return (clidr >> shift) & 7;
}

/* CLIDR_EL1.Ctype: 1 I, 2 D, 3 both, 4 unified (DDI 0487, D19.2.27) */
static bool cache_exists(u64 clidr, u32 csselr)
{
	u8 type = clidr_field(clidr, 3 * (csselr >> 1));

	if (csselr & CSSELR_IND)
		return type == 1 || type == 3;
	return type >= 2 && type <= 4;
}

/* A cache of one line, of the smallest line size: says nothing that is wrong. */
static u32 least_ccsidr(u32 csselr)
{
	return CTR_LINE(hw.ctr, csselr & CSSELR_IND) - 2;
}

static void read_ccsidrs(u64 clidr, u32 *ccsidr)
{
	unsigned long flags;
	u64 csselr;
	u32 i;

	/* CSSELR_EL1 selects for the host too: as it was before IRQs come on. */
	local_irq_save(flags);
	csselr = read_sysreg_s(sys_reg(3, 2, 0, 0, 0));
	for (i = 0; i < AVCPU_NR_CCSIDR; i++) {
		if (hw.ccidx || !cache_exists(clidr, i)) {
			ccsidr[i] = least_ccsidr(i);
			continue;
		}
		write_sysreg_s(i, sys_reg(3, 2, 0, 0, 0));
		isb();
		ccsidr[i] = read_sysreg_s(sys_reg(3, 1, 0, 0, 0));
	}
	write_sysreg_s(csselr, sys_reg(3, 2, 0, 0, 0));
	isb();
	local_irq_restore(flags);
}

static void compare_cpu(void *unused)
{
	u64 clidr = read_sysreg_s(sys_reg(3, 1, 0, 0, 1));
	u32 ccsidr[AVCPU_NR_CCSIDR];

	/* TminLine, above, is not for guests without MTE to look at. */
	if ((u32)read_sysreg_s(ENC_CTR) != (u32)hw.raw_ctr)
		WRITE_ONCE(hw.ctr_differs, true);

	read_ccsidrs(clidr, ccsidr);
	if (clidr != hw.clidr || memcmp(ccsidr, hw.ccsidr, sizeof(ccsidr)))
		WRITE_ONCE(hw.caches_differ, true);
}

void avcpu_cache_init(void)
{
	hw.midr = read_sysreg_s(sys_reg(3, 0, 0, 0, 0));
	hw.revidr = read_sysreg_s(sys_reg(3, 0, 0, 0, 6));
	hw.aidr = read_sysreg_s(sys_reg(3, 1, 0, 0, 7));
	hw.ctr = read_sanitised_ftr_reg(ENC_CTR);
	/*
	 * The kernel adds IDC where CLIDR_EL1 says that no cleaning is needed. Without
	 * it a guest cleans for nothing, once in a while; with it each of its reads
	 * of the register would have to trap.
	 */
	hw.raw_ctr = (hw.ctr & ~CTR_IDC) | (read_sysreg_s(ENC_CTR) & CTR_IDC);
	hw.clidr = read_sysreg_s(sys_reg(3, 1, 0, 0, 1));
	hw.ccidx = (read_sanitised_ftr_reg(ENC_MMFR2) >> 20) & 0xf;
	read_ccsidrs(hw.clidr, hw.ccsidr);
	on_each_cpu(compare_cpu, NULL, 1);
}

u64 avcpu_cache_hw_ctr(void)
{
	return hw.ctr;
}

/* What a guest has unless user space asks for more. */
u64 avcpu_cache_guest_ctr(void)
{
	return hw.ctr_differs ? hw.ctr : hw.raw_ctr;
}

void avcpu_cache_reset(struct avcpu_vcpu *vcpu)
{
	if (vcpu->initialized)
		return;
	memcpy(vcpu->arch.ccsidr, hw.ccsidr, sizeof(vcpu->arch.ccsidr));
	vcpu->arch.cache_set = false;
}

/**
 * avcpu_sysreg_cache_traps() - how the guest's cache registers must trap
 * @vcpu: vCPU about to run; what user space sets changes the answer
 *
 * Return: AVCPU_HCR_TID2 (CTR_EL0 too), AVCPU_HCR_TID4 (all but CTR_EL0, only
 * with FEAT_EVT), or 0 when the CPU's own registers are the guest's.
 */
u64 avcpu_sysreg_cache_traps(const struct avcpu_vcpu *vcpu)
{
	if (hw.ctr_differs || vcpu->vm->arch.ctr != hw.raw_ctr)
		return AVCPU_HCR_TID2;
	if (!hw.ccidx && !hw.caches_differ && !vcpu->arch.cache_set)
		return 0;
	return avcpu_hw.evt ? AVCPU_HCR_TID4 : AVCPU_HCR_TID2;
}

/* User space set something: does it still agree with the CPU? */
static void note_set(struct avcpu_vcpu *vcpu)
{
	vcpu->arch.cache_set =
		avcpu_read_reg(vcpu, CLIDR_EL1) != hw.clidr ||
		memcmp(vcpu->arch.ccsidr, hw.ccsidr, sizeof(hw.ccsidr));
}

static bool access_ctr(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		       const struct avcpu_sysreg *row)
{
	a->val = vcpu->vm->arch.ctr;
	return true;
}

static bool access_csselr(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			  const struct avcpu_sysreg *row)
{
	a->val &= CSSELR_MASK;
	/* Whether the vCPU is loaded or not: load.c does not read it back. */
	if (a->write)
		vcpu->arch.ctxt.sys[CSSELR_EL1] = a->val;
	return avcpu_access_memory(vcpu, a, row);
}

static bool access_ccsidr(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			  const struct avcpu_sysreg *row)
{
	u64 csselr = avcpu_read_reg(vcpu, CSSELR_EL1) & CSSELR_MASK;

	a->val = csselr < AVCPU_NR_CCSIDR ? vcpu->arch.ccsidr[csselr] : 0;
	return true;
}

static u64 reset_clidr(struct avcpu_vcpu *vcpu)
{
	return hw.clidr;
}

static int set_clidr(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
		     u64 val)
{
	/* No level to clean to: only true where the CPU needs no cleaning. */
	bool idc = !clidr_field(val, SHIFT_LOC) ||
		   (!clidr_field(val, SHIFT_LOUIS) && !clidr_field(val, SHIFT_LOUU));

	if (val != avcpu_read_reg(vcpu, CLIDR_EL1) &&
	    ((val & CLIDR_RES0) || (idc && !(hw.ctr & CTR_IDC))))
		return -EINVAL;
	avcpu_write_reg(vcpu, CLIDR_EL1, val);
	note_set(vcpu);
	return 0;
}

/*
 * Sixteen CPUs to a cluster, because ICC_SGI1R_EL1.TargetList has 16 bits
 * (IHI 0069, 12.2.20), 256 clusters to the next level.
 */
static u64 reset_mpidr(struct avcpu_vcpu *vcpu)
{
	u64 id = vcpu->id;

	return BIT_ULL(31) | (id & 0xf) | ((id >> 4) & 0xff) << 8 |
	       ((id >> 12) & 0xff) << 16;
}

/* The CPU's identity: user space may read it, and write what it read. */
static int get_invariant(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
			 u64 *val)
{
	switch (row->enc) {
	case sys_reg(3, 0, 0, 0, 0):
		*val = hw.midr;
		break;
	case sys_reg(3, 0, 0, 0, 6):
		*val = hw.revidr;
		break;
	default:
		*val = hw.aidr;
		break;
	}
	return 0;
}

static int set_invariant(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
			 u64 val)
{
	u64 cur;

	get_invariant(vcpu, row, &cur);
	return val == cur ? 0 : -EINVAL;
}

#define INVARIANT(nm, op1, op2)						\
	AVCPU_ROW(nm, 3, op1, 0, 0, op2,				\
		  .get = get_invariant, .set = set_invariant)

static const struct avcpu_sysreg rows[] = {
	INVARIANT(MIDR_EL1, 0, 0),
	AVCPU_ROW(MPIDR_EL1, 3, 0, 0, 0, 5, .flags = AVCPU_SR_KEEP,
		  .reg = MPIDR_EL1, .reset = reset_mpidr),
	INVARIANT(REVIDR_EL1, 0, 6),
	AVCPU_ROW(CCSIDR_EL1, 3, 1, 0, 0, 0, .flags = AVCPU_SR_READ,
		  .access = access_ccsidr),
	AVCPU_ROW(CLIDR_EL1, 3, 1, 0, 0, 1, .flags = AVCPU_SR_READ | AVCPU_SR_KEEP,
		  .reg = CLIDR_EL1, .access = avcpu_access_memory,
		  .reset = reset_clidr, .set = set_clidr),
	INVARIANT(AIDR_EL1, 1, 7),
	AVCPU_ROW(CSSELR_EL1, 3, 2, 0, 0, 0, .flags = AVCPU_SR_RW,
		  .reg = CSSELR_EL1, .access = access_csselr),
	AVCPU_ROW(CTR_EL0, 3, 3, 0, 0, 1, .flags = AVCPU_SR_READ,
		  .access = access_ctr, .get = avcpu_idreg_get_ctr,
		  .set = avcpu_idreg_set_ctr),
};

const struct avcpu_sysreg_table avcpu_sysregs_cache = { rows, ARRAY_SIZE(rows) };

/* KVM_REG_ARM_DEMUX: CCSIDR_EL1 for each CSSELR_EL1 */

#define DEMUX_CCSIDR	(KVM_REG_ARM64 | KVM_REG_SIZE_U32 |		\
			 KVM_REG_ARM_DEMUX | KVM_REG_ARM_DEMUX_ID_CCSIDR)

/* CSSELR_EL1 of a demux register, or -ENOENT. */
static int demux_csselr(u64 id)
{
	u64 n = id & KVM_REG_ARM_DEMUX_VAL_MASK;

	if (id != (DEMUX_CCSIDR | n) || n >= AVCPU_NR_CCSIDR)
		return -ENOENT;
	return n;
}

int avcpu_demux_get_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	u32 __user *uaddr = u64_to_user_ptr(reg->addr);
	int csselr = demux_csselr(reg->id);

	if (csselr < 0)
		return csselr;
	return put_user(vcpu->arch.ccsidr[csselr], uaddr);
}

int avcpu_demux_set_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	u32 __user *uaddr = u64_to_user_ptr(reg->addr);
	int csselr = demux_csselr(reg->id);
	u32 val;

	if (csselr < 0)
		return csselr;
	if (get_user(val, uaddr))
		return -EFAULT;
	if (val == vcpu->arch.ccsidr[csselr])
		return 0;
	/* A line below the smallest would make the guest skip what it must clean. */
	if (CCSIDR_LINE(val) < CCSIDR_LINE(least_ccsidr(csselr)))
		return -EINVAL;
	vcpu->arch.ccsidr[csselr] = val;
	note_set(vcpu);
	return 0;
}

int avcpu_demux_copy_indices(u64 __user **uindices)
{
	u64 i;

	for (i = 0; i < AVCPU_NR_CCSIDR; i++)
		if (put_user(DEMUX_CCSIDR | i, (*uindices)++))
			return -EFAULT;
	return 0;
}
