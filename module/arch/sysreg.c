// SPDX-License-Identifier: GPL-2.0
/*
 * System registers: trapped accesses of the guest, and the registers as user
 * space sees them. What there is stands in the tables (sysreg_*.c, idreg.c);
 * what does not stand there is UNDEFINED in the guest and -ENOENT outside.
 */
#include <linux/hash.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "sysreg.h"

/* ISS of a trapped MSR, MRS or SYS instruction (DDI 0487, D19.2.37, EC 0x18) */
#define ISS_READ	BIT_ULL(0)
#define ISS_CRM(esr)	(((esr) >> 1) & 0xf)
#define ISS_RT(esr)	(((esr) >> 5) & 0x1f)
#define ISS_CRN(esr)	(((esr) >> 10) & 0xf)
#define ISS_OP1(esr)	(((esr) >> 14) & 0x7)
#define ISS_OP2(esr)	(((esr) >> 17) & 0x7)
#define ISS_OP0(esr)	(((esr) >> 20) & 0x3)

#define MAX_ROWS	256

static const struct avcpu_sysreg_table *const tables[] = {
	&avcpu_sysregs_el1,
	&avcpu_sysregs_debug,
	&avcpu_sysregs_cache,
};

/* All rows, sorted by encoding; written once, at module init. */
static const struct avcpu_sysreg *sorted[MAX_ROWS];
static unsigned int nr_sorted;

/* The same, to be found by their encoding; never full. */
#define HASH_BITS	9
static const struct avcpu_sysreg *hashed[1 << HASH_BITS];

static const struct avcpu_sysreg idreg_row = {
	.name = "ID", .flags = AVCPU_SR_READ, .access = avcpu_idreg_access,
};

/*
 * Encodings that trap and belong to features a guest is not offered, so that
 * they are UNDEFINED without a word. Anything else that has no row is told to
 * the log at debug level: either the guest or our traps are odd.
 */
static const struct {
	u32 first, last;
	const char *feature;
} absent[] = {
	{ sys_reg(1, 0, 7, 6, 4), sys_reg(1, 0, 7, 6, 6), "MTE DC IG*SW" },
	{ sys_reg(1, 0, 7, 10, 4), sys_reg(1, 0, 7, 10, 6), "MTE DC CG*SW" },
	{ sys_reg(1, 0, 7, 14, 4), sys_reg(1, 0, 7, 14, 6), "MTE DC CIG*SW" },
	{ sys_reg(2, 1, 0, 0, 0), sys_reg(2, 1, 15, 15, 7), "trace unit, BRBE" },
	{ sys_reg(3, 0, 1, 0, 5), sys_reg(3, 0, 1, 0, 6), "MTE" },
	{ sys_reg(3, 0, 1, 2, 0), sys_reg(3, 0, 1, 2, 6), "SVE, TRF, SME" },
	{ sys_reg(3, 0, 2, 1, 0), sys_reg(3, 0, 2, 3, 1), "PAuth" },
	{ sys_reg(3, 0, 2, 5, 0), sys_reg(3, 0, 2, 5, 2), "GCS" },
	{ sys_reg(3, 0, 4, 6, 0), sys_reg(3, 0, 4, 6, 0), "ICC_PMR_EL1" },
	{ sys_reg(3, 0, 5, 6, 0), sys_reg(3, 0, 5, 6, 1), "MTE" },
	{ sys_reg(3, 0, 9, 9, 0), sys_reg(3, 0, 9, 10, 7), "SPE" },
	{ sys_reg(3, 0, 9, 11, 0), sys_reg(3, 0, 9, 11, 7), "TRBE" },
	{ sys_reg(3, 0, 9, 14, 0), sys_reg(3, 0, 9, 14, 7), "PMU" },
	{ sys_reg(3, 0, 10, 4, 0), sys_reg(3, 0, 10, 4, 7), "LORegions" },
	{ sys_reg(3, 0, 10, 5, 0), sys_reg(3, 0, 10, 5, 7), "MPAM" },
	{ sys_reg(3, 0, 12, 8, 0), sys_reg(3, 0, 12, 12, 7), "GIC" },
	{ sys_reg(3, 0, 13, 0, 7), sys_reg(3, 0, 13, 0, 7), "SCXTNUM_EL1" },
	{ sys_reg(3, 1, 0, 0, 2), sys_reg(3, 1, 0, 0, 6), "CCIDX, MTE, SME" },
	{ sys_reg(3, 3, 4, 2, 2), sys_reg(3, 3, 4, 2, 2), "SME" },
	{ sys_reg(3, 3, 9, 0, 0), sys_reg(3, 3, 9, 15, 7), "PMU" },
	{ sys_reg(3, 3, 13, 0, 5), sys_reg(3, 3, 13, 0, 7), "SME, SCXTNUM_EL0" },
	{ sys_reg(3, 3, 13, 2, 0), sys_reg(3, 3, 13, 15, 7), "AMU" },
	{ sys_reg(3, 3, 14, 8, 0), sys_reg(3, 3, 14, 15, 7), "PMU" },
};

static bool is_absent(u32 enc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(absent); i++)
		if (enc >= absent[i].first && enc <= absent[i].last)
			return true;
	return false;
}

static const struct avcpu_sysreg *find(u32 enc)
{
	const struct avcpu_sysreg *row;
	unsigned int i;

	for (i = hash_32(enc, HASH_BITS); (row = hashed[i]); i = (i + 1) % ARRAY_SIZE(hashed))
		if (row->enc == enc)
			return row;
	return NULL;
}

static void hash_row(const struct avcpu_sysreg *row)
{
	unsigned int i = hash_32(row->enc, HASH_BITS);

	while (hashed[i])
		i = (i + 1) % ARRAY_SIZE(hashed);
	hashed[i] = row;
}

bool avcpu_access_raz_wi(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row)
{
	a->val = 0;
	return true;
}

bool avcpu_access_memory(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row)
{
	if (a->write)
		avcpu_write_reg(vcpu, row->reg, a->val);
	else
		a->val = avcpu_read_reg(vcpu, row->reg);
	return true;
}

/**
 * avcpu_sysreg_emulate() - carry out a decoded access
 * @vcpu: the current thread's vCPU, loaded
 * @a: the access; the value read is left in it
 * @in_place: IRQs are off and must stay so
 *
 * Neither PC nor general registers move, nor is an exception put into the
 * guest: the caller knows the instruction set it came from.
 */
enum avcpu_trap avcpu_sysreg_emulate(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
				     bool in_place)
{
	const struct avcpu_sysreg *row;
	bool done;

	row = avcpu_idreg_covers(a->enc) ? &idreg_row : find(a->enc);
	if (!row || !row->access ||
	    !(row->flags & (a->write ? AVCPU_SR_WRITE : AVCPU_SR_READ))) {
		if (!row && !is_absent(a->enc))
			pr_debug_ratelimited("avcpu: guest %s sys_reg(%u, %u, %u, %u, %u): undefined\n",
					     a->write ? "writes" : "reads",
					     sys_reg_Op0(a->enc), sys_reg_Op1(a->enc),
					     sys_reg_CRn(a->enc), sys_reg_CRm(a->enc),
					     sys_reg_Op2(a->enc));
		return AVCPU_TRAP_UNDEF;
	}
	if (row->flags & AVCPU_SR_DEFER) {
		if (in_place)
			return AVCPU_TRAP_DEFER;
		done = row->access(vcpu, a, row);
	} else {
		preempt_disable();
		done = row->access(vcpu, a, row);
		preempt_enable();
	}
	return done ? AVCPU_TRAP_DONE : AVCPU_TRAP_UNDEF;
}

static enum avcpu_trap handle_trap(struct avcpu_vcpu *vcpu, u64 esr, bool in_place)
{
	struct avcpu_access a = {
		.enc = sys_reg(ISS_OP0(esr), ISS_OP1(esr), ISS_CRN(esr),
			       ISS_CRM(esr), ISS_OP2(esr)),
		.write = !(esr & ISS_READ),
	};
	enum avcpu_trap ret;

	if (a.write)
		a.val = avcpu_get_x(vcpu, ISS_RT(esr));

	ret = avcpu_sysreg_emulate(vcpu, &a, in_place);
	switch (ret) {
	case AVCPU_TRAP_DONE:
		if (!a.write)
			avcpu_set_x(vcpu, ISS_RT(esr), a.val);
		avcpu_skip_instr(vcpu);
		break;
	case AVCPU_TRAP_UNDEF:
		avcpu_inject_undef(vcpu);
		break;
	case AVCPU_TRAP_DEFER:
		break;
	}
	return ret;
}

/**
 * avcpu_sysreg_trap_in_place() - ESR_ELx.EC 0x18 with the guest in the CPU
 * @vcpu: the vCPU that just left; IRQs are off
 * @esr: its syndrome
 */
enum avcpu_trap avcpu_sysreg_trap_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	return handle_trap(vcpu, esr, true);
}

/**
 * avcpu_sysreg_trap() - ESR_ELx.EC 0x18, what could not be done in place
 * @vcpu: the current thread's vCPU, loaded; IRQs are on
 * @esr: its syndrome
 */
enum avcpu_trap avcpu_sysreg_trap(struct avcpu_vcpu *vcpu, u64 esr)
{
	return handle_trap(vcpu, esr, false);
}

/* Reset to zero too, but part of KVM_REG_ARM_CORE and so without a row here */
static const enum avcpu_reg core_regs[] = {
	ELR_EL1, SPSR_EL1, SP_EL1, SPSR_ABT, SPSR_UND, SPSR_IRQ, SPSR_FIQ,
};

static void reset_row(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row)
{
	if (!row->reg)
		return;
	if ((row->flags & AVCPU_SR_KEEP) && vcpu->initialized)
		return;
	avcpu_write_reg(vcpu, row->reg, row->reset ? row->reset(vcpu) : row->val);
}

/**
 * avcpu_sysreg_reset() - all registers of this room to their reset values
 * @vcpu: loaded or not; vcpu->mutex is held
 *
 * What the architecture leaves UNKNOWN is zero. Registers that identify the
 * CPU keep what user space set, from one KVM_ARM_VCPU_INIT to the next, as KVM
 * has it. vcpu->initialized tells the first from the others.
 */
void avcpu_sysreg_reset(struct avcpu_vcpu *vcpu)
{
	unsigned int i;

	preempt_disable();
	for (i = 0; i < nr_sorted; i++)
		reset_row(vcpu, sorted[i]);
	for (i = 0; i < ARRAY_SIZE(core_regs); i++)
		avcpu_write_reg(vcpu, core_regs[i], 0);
	avcpu_timer_write_ctl(vcpu, AVCPU_TIMER_VIRT, 0);
	avcpu_timer_write_ctl(vcpu, AVCPU_TIMER_PHYS, 0);
	preempt_enable();
	avcpu_cache_reset(vcpu);
}

/* User space */

u64 avcpu_sysreg_to_id(u32 enc)
{
	return ARM64_SYS_REG(sys_reg_Op0(enc), sys_reg_Op1(enc), sys_reg_CRn(enc),
			     sys_reg_CRm(enc), sys_reg_Op2(enc));
}

/* The encoding that a register id names, or 0, which is no register's. */
static u32 id_to_enc(u64 id)
{
	u32 enc = sys_reg((id & KVM_REG_ARM64_SYSREG_OP0_MASK) >> KVM_REG_ARM64_SYSREG_OP0_SHIFT,
			  (id & KVM_REG_ARM64_SYSREG_OP1_MASK) >> KVM_REG_ARM64_SYSREG_OP1_SHIFT,
			  (id & KVM_REG_ARM64_SYSREG_CRN_MASK) >> KVM_REG_ARM64_SYSREG_CRN_SHIFT,
			  (id & KVM_REG_ARM64_SYSREG_CRM_MASK) >> KVM_REG_ARM64_SYSREG_CRM_SHIFT,
			  (id & KVM_REG_ARM64_SYSREG_OP2_MASK) >> KVM_REG_ARM64_SYSREG_OP2_SHIFT);

	/* Any other bit, the size's among them, makes it another register. */
	return avcpu_sysreg_to_id(enc) == id ? enc : 0;
}

static bool is_users(const struct avcpu_sysreg *row)
{
	return row->reg || row->get;
}

static const struct avcpu_sysreg *find_users(u32 enc)
{
	const struct avcpu_sysreg *row = find(enc);

	return row && is_users(row) ? row : NULL;
}

/**
 * avcpu_sysreg_get_user() - KVM_GET_ONE_REG of a system register
 * @vcpu: not loaded; vcpu->mutex is held
 * @reg: id and address from user space
 *
 * Return: 0, -ENOENT for a register that there is not, -EFAULT.
 */
int avcpu_sysreg_get_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	u64 __user *uaddr = u64_to_user_ptr(reg->addr);
	u32 enc = id_to_enc(reg->id);
	const struct avcpu_sysreg *row;
	u64 val;
	int ret = 0;

	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_DEMUX)
		return avcpu_demux_get_user(vcpu, reg);

	if (avcpu_idreg_covers(enc)) {
		ret = avcpu_idreg_get_user(vcpu->vm, enc, &val);
	} else {
		row = find_users(enc);
		if (!row)
			return -ENOENT;
		if (row->get)
			ret = row->get(vcpu, row, &val);
		else
			val = avcpu_read_reg(vcpu, row->reg);
	}
	return ret ?: put_user(val, uaddr);
}

/**
 * avcpu_sysreg_set_user() - KVM_SET_ONE_REG of a system register
 * @vcpu: not loaded; vcpu->mutex is held
 * @reg: id and address from user space
 *
 * Return: 0; -ENOENT for a register that there is not; -EFAULT; -EINVAL for a
 * value that it cannot have; -EBUSY for an ID register of a VM that has run.
 */
int avcpu_sysreg_set_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	u64 __user *uaddr = u64_to_user_ptr(reg->addr);
	u32 enc = id_to_enc(reg->id);
	const struct avcpu_sysreg *row;
	u64 val;

	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_DEMUX)
		return avcpu_demux_set_user(vcpu, reg);
	if (get_user(val, uaddr))
		return -EFAULT;
	if (avcpu_idreg_covers(enc))
		return avcpu_idreg_set_user(vcpu->vm, enc, val);

	row = find_users(enc);
	if (!row)
		return -ENOENT;
	if (row->set)
		return row->set(vcpu, row, val);
	avcpu_write_reg(vcpu, row->reg, val);
	return 0;
}

/**
 * avcpu_sysreg_num() - system and demux registers in KVM_GET_REG_LIST
 * @vcpu: vcpu->mutex is held
 */
unsigned long avcpu_sysreg_num(struct avcpu_vcpu *vcpu)
{
	unsigned long n = AVCPU_NR_ID_REGS + AVCPU_NR_CCSIDR;
	unsigned int i;

	for (i = 0; i < nr_sorted; i++)
		n += is_users(sorted[i]);
	return n;
}

/**
 * avcpu_sysreg_copy_indices() - their ids
 * @vcpu: vcpu->mutex is held
 * @uindices: where to write; moved on by avcpu_sysreg_num()
 *
 * Return: 0 or -EFAULT.
 */
int avcpu_sysreg_copy_indices(struct avcpu_vcpu *vcpu, u64 __user **uindices)
{
	unsigned int i;

	for (i = 0; i < nr_sorted; i++) {
		if (!is_users(sorted[i]))
			continue;
		if (put_user(avcpu_sysreg_to_id(sorted[i]->enc), (*uindices)++))
			return -EFAULT;
	}
	for (i = 0; i < AVCPU_NR_ID_REGS; i++)
		if (put_user(avcpu_sysreg_to_id(avcpu_idreg_encoding(i)), (*uindices)++))
			return -EFAULT;
	return avcpu_demux_copy_indices(uindices);
}

static int compare_rows(const void *a, const void *b)
{
	const struct avcpu_sysreg *const *ra = a, *const *rb = b;

	return (*ra)->enc < (*rb)->enc ? -1 : (*ra)->enc > (*rb)->enc;
}

/**
 * avcpu_sysreg_init() - put the tables together, read the CPUs' identity
 *
 * Return: 0; -EINVAL when two rows describe one register (a mistake of ours).
 */
int avcpu_sysreg_init(void)
{
	unsigned int t, i;

	nr_sorted = 0;
	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		for (i = 0; i < tables[t]->nr; i++) {
			if (nr_sorted == MAX_ROWS) {
				pr_err("avcpu: too many system registers\n");
				return -EINVAL;
			}
			sorted[nr_sorted++] = &tables[t]->rows[i];
			hash_row(&tables[t]->rows[i]);
		}
	}
	sort(sorted, nr_sorted, sizeof(sorted[0]), compare_rows, NULL);
	for (i = 1; i < nr_sorted; i++) {
		if (sorted[i]->enc == sorted[i - 1]->enc) {
			pr_err("avcpu: system register %s has two rows\n",
			       sorted[i]->name);
			return -EINVAL;
		}
	}
	avcpu_cache_init();
	return 0;
}
