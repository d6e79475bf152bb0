// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_REG_ARM_CORE: general registers, PC, PSTATE, FP/SIMD and the EL1
 * registers that struct kvm_regs holds. An id names a 32-bit word of that
 * structure and a size; only whole registers, at their own place and of their
 * own size, are accepted, since anything else could go round the check of
 * PSTATE (CVE-2018-18021).
 */
#include <linux/preempt.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "cpu.h"
#include "sysreg.h"

/**
 * struct core_row - registers of one kind in struct kvm_regs
 * @word: first word, as KVM_REG_ARM_CORE_REG() counts
 * @count: how many follow each other
 * @size: bytes of each
 * @ctxt: offset in struct avcpu_context, if @reg is AVCPU_REG_INVALID
 * @reg: system register
 */
struct core_row {
	u16 word;
	u8 count;
	u8 size;
	u16 ctxt;
	enum avcpu_reg reg;
};

#define WORD(name)		KVM_REG_ARM_CORE_REG(name)
#define CTXT(name, n, size_, member)					\
	{ .word = WORD(name), .count = (n), .size = (size_),		\
	  .ctxt = offsetof(struct avcpu_context, member) }
#define SYS(name, sysreg)						\
	{ .word = WORD(name), .count = 1, .size = 8, .reg = (sysreg) }

static const struct core_row core_rows[] = {
	CTXT(regs.regs, 31, 8, regs),
	CTXT(regs.sp, 1, 8, sp_el0),
	CTXT(regs.pc, 1, 8, pc),
	CTXT(regs.pstate, 1, 8, pstate),
	SYS(sp_el1, SP_EL1),
	SYS(elr_el1, ELR_EL1),
	SYS(spsr[KVM_SPSR_EL1], SPSR_EL1),
	SYS(spsr[KVM_SPSR_ABT], SPSR_ABT),
	SYS(spsr[KVM_SPSR_UND], SPSR_UND),
	SYS(spsr[KVM_SPSR_IRQ], SPSR_IRQ),
	SYS(spsr[KVM_SPSR_FIQ], SPSR_FIQ),
	CTXT(fp_regs.vregs, 32, 16, fp.vregs),
	CTXT(fp_regs.fpsr, 1, 4, fp.fpsr),
	CTXT(fp_regs.fpcr, 1, 4, fp.fpcr),
};

#define NR_WORDS	(sizeof(struct kvm_regs) / sizeof(u32))

union core_val {
	u8 bytes[16];
	u64 u64;
};

/* Words that a register of this size takes: 1, 2 or 4. */
static unsigned int row_step(const struct core_row *row)
{
	return row->size / sizeof(u32);
}

static u64 id_to_word(u64 id)
{
	return id & ~(KVM_REG_ARCH_MASK | KVM_REG_SIZE_MASK | (u64)KVM_REG_ARM_CORE);
}

static const struct core_row *find_row(u64 id, unsigned int *index)
{
	const struct core_row *row;
	u64 word = id_to_word(id);
	unsigned int step;

	for (row = core_rows; row < core_rows + ARRAY_SIZE(core_rows); row++) {
		step = row_step(row);
		if (word < row->word || word >= row->word + row->count * step)
			continue;
		if ((word - row->word) % step || KVM_REG_SIZE(id) != row->size)
			return NULL;
		*index = (word - row->word) / step;
		return row;
	}
	return NULL;
}

/* -ENOENT beyond the structure, -EINVAL where no register begins, as KVM. */
static int check_id(u64 id)
{
	u64 word = id_to_word(id);
	unsigned int index;

	if (word >= NR_WORDS || word + KVM_REG_SIZE(id) / sizeof(u32) >= NR_WORDS)
		return -ENOENT;
	return find_row(id, &index) ? 0 : -EINVAL;
}

static void *ctxt_addr(struct avcpu_vcpu *vcpu, const struct core_row *row,
		       unsigned int index)
{
	return (u8 *)&vcpu->arch.ctxt + row->ctxt + index * row->size;
}

/**
 * avcpu_corereg_get_user() - KVM_GET_ONE_REG of a core register
 * @vcpu: not loaded; vcpu->mutex is held
 * @reg: id and address from user space
 *
 * Return: 0, -ENOENT, -EINVAL for an id inside the structure that is not
 * exactly one register, or -EFAULT.
 */
int avcpu_corereg_get_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct core_row *row;
	union core_val val;
	unsigned int index;
	int ret;

	ret = check_id(reg->id);
	if (ret)
		return ret;
	row = find_row(reg->id, &index);
	if (row->reg)
		val.u64 = avcpu_read_reg(vcpu, row->reg);
	else
		memcpy(val.bytes, ctxt_addr(vcpu, row, index), row->size);
	if (copy_to_user(u64_to_user_ptr(reg->addr), val.bytes, row->size))
		return -EFAULT;
	return 0;
}

/* EL0t, EL1t, EL1h, and AArch32 User mode; nothing else exists for a guest. */
#define MODES_AA64	(BIT_ULL(PSR_MODE_EL0t) | BIT_ULL(PSR_MODE_EL1t) | \
			 BIT_ULL(PSR_MODE_EL1h))
#define MODE_MASK	(PSR_MODE32_BIT | PSR_MODE_MASK)
#define MODE_AA32_USR	PSR_MODE32_BIT

static bool pstate_valid(u64 pstate)
{
	u64 modes = MODES_AA64 | (avcpu_hw.aa32_el0 ? BIT_ULL(MODE_AA32_USR) : 0);

	return modes & BIT_ULL(pstate & MODE_MASK);
}

/* Upper halves of R0-R14 and PC are not there in AArch32 (DDI 0487, D1.6.3). */
static void narrow_regs(struct avcpu_context *ctxt)
{
	unsigned int i;

	if (!(ctxt->pstate & PSR_MODE32_BIT))
		return;
	for (i = 0; i < 15; i++)
		ctxt->regs[i] = (u32)ctxt->regs[i];
	ctxt->pc = (u32)ctxt->pc;
}

/**
 * avcpu_corereg_set_user() - KVM_SET_ONE_REG of a core register
 * @vcpu: not loaded; vcpu->mutex is held
 * @reg: id and address from user space
 *
 * Return: 0, or as avcpu_corereg_get_user(); -EINVAL too for a PSTATE whose
 * mode a guest cannot be in.
 */
int avcpu_corereg_set_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const struct core_row *row;
	union core_val val;
	unsigned int index;
	int ret;

	ret = check_id(reg->id);
	if (ret)
		return ret;
	row = find_row(reg->id, &index);
	if (copy_from_user(val.bytes, u64_to_user_ptr(reg->addr), row->size))
		return -EFAULT;
	if (row->word == WORD(regs.pstate) && !pstate_valid(val.u64))
		return -EINVAL;

	if (row->reg)
		avcpu_write_reg(vcpu, row->reg, val.u64);
	else
		memcpy(ctxt_addr(vcpu, row, index), val.bytes, row->size);
	narrow_regs(&vcpu->arch.ctxt);
	return 0;
}

static u64 size_bits(u8 size)
{
	switch (size) {
	case 4:
		return KVM_REG_SIZE_U32;
	case 8:
		return KVM_REG_SIZE_U64;
	default:
		return KVM_REG_SIZE_U128;
	}
}

/**
 * avcpu_corereg_num() - core registers in KVM_GET_REG_LIST
 * @vcpu: vcpu->mutex is held
 */
unsigned long avcpu_corereg_num(struct avcpu_vcpu *vcpu)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(core_rows); i++)
		n += core_rows[i].count;
	return n;
}

/**
 * avcpu_corereg_copy_indices() - their ids
 * @vcpu: vcpu->mutex is held
 * @uindices: where to write; moved on by avcpu_corereg_num()
 *
 * Return: 0 or -EFAULT.
 */
int avcpu_corereg_copy_indices(struct avcpu_vcpu *vcpu, u64 __user **uindices)
{
	const struct core_row *row;
	unsigned int i;
	u64 id;

	for (row = core_rows; row < core_rows + ARRAY_SIZE(core_rows); row++) {
		for (i = 0; i < row->count; i++) {
			id = KVM_REG_ARM64 | KVM_REG_ARM_CORE | size_bits(row->size) |
			     (row->word + i * row_step(row));
			if (put_user(id, (*uindices)++))
				return -EFAULT;
		}
	}
	return 0;
}
