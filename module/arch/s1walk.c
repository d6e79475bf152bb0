// SPDX-License-Identifier: GPL-2.0
/*
 * A walk of the guest's own translation tables, stage 1 of EL1&0 (DDI 0487,
 * D8.2), to find out at which level the CPU's walk met an address that is no
 * memory: ESR_EL2 tells only stage 2's level.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "cpu.h"

/* TCR_EL1 (D19.2.139) */
#define S1_T0SZ		GENMASK_ULL(5, 0)
#define S1_TG0		GENMASK_ULL(15, 14)
#define S1_T1SZ		GENMASK_ULL(21, 16)
#define S1_TG1		GENMASK_ULL(31, 30)

/* Addresses have 48 bits: the guest's ID registers promise no more. */
#define TABLE_ADDR	GENMASK_ULL(47, 1)
#define DESC_ADDR	GENMASK_ULL(47, 12)
#define DESC_TYPE	GENMASK_ULL(1, 0)
#define DESC_TABLE	3

#define LAST_LEVEL	3
#define MIN_VA_BITS	16
#define MAX_VA_BITS	52

/**
 * struct s1_regime - what the guest's registers say of one half of its addresses
 * @table: address of the first table
 * @va_bits: how much of an address is translated
 * @page_shift: of the granule
 * @big_endian: the descriptors are
 */
struct s1_regime {
	u64 table;
	unsigned int va_bits;
	unsigned int page_shift;
	bool big_endian;
};

/* TG0 and TG1 number the granules differently; 0: reserved. */
static const u8 tg0_shift[] = { 12, 16, 14, 0 };
static const u8 tg1_shift[] = { 0, 14, 12, 16 };

static void read_regime(struct avcpu_vcpu *vcpu, u64 va, struct s1_regime *s1)
{
	u64 tcr;

	preempt_disable();
	tcr = avcpu_read_reg(vcpu, TCR_EL1);
	s1->big_endian = avcpu_read_reg(vcpu, SCTLR_EL1) & SCTLR_ELx_EE;
	if (va & BIT_ULL(55)) {
		s1->table = avcpu_read_reg(vcpu, TTBR1_EL1) & TABLE_ADDR;
		s1->va_bits = 64 - FIELD_GET(S1_T1SZ, tcr);
		s1->page_shift = tg1_shift[FIELD_GET(S1_TG1, tcr)];
	} else {
		s1->table = avcpu_read_reg(vcpu, TTBR0_EL1) & TABLE_ADDR;
		s1->va_bits = 64 - FIELD_GET(S1_T0SZ, tcr);
		s1->page_shift = tg0_shift[FIELD_GET(S1_TG0, tcr)];
	}
	preempt_enable();
}

static bool read_desc(struct avcpu_vcpu *vcpu, const struct s1_regime *s1,
		      u64 addr, u64 *desc)
{
	if (avcpu_read_guest(vcpu->vm, addr, desc, sizeof(*desc)))
		return false;
	*desc = s1->big_endian ? be64_to_cpu((__force __be64)*desc) :
				 le64_to_cpu((__force __le64)*desc);
	return true;
}

/* From the first table down, until a descriptor lies in the page of @ipa. */
static int find_level(struct avcpu_vcpu *vcpu, const struct s1_regime *s1, u64 va, u64 ipa)
{
	unsigned int stride = s1->page_shift - 3;
	unsigned int levels = DIV_ROUND_UP(s1->va_bits - s1->page_shift, stride);
	unsigned int shift = s1->page_shift + (levels - 1) * stride;
	unsigned int bits = s1->va_bits - shift;
	u64 table = s1->table, desc, addr;
	int level;

	for (level = LAST_LEVEL + 1 - levels; level <= LAST_LEVEL; level++) {
		/* A table is aligned to its size, so what is below is not of it. */
		table &= ~((BIT_ULL(bits) << 3) - 1);
		addr = table | (va >> shift & (BIT_ULL(bits) - 1)) << 3;
		if (!((addr ^ ipa) & DESC_ADDR))
			return level;
		if (level == LAST_LEVEL || !read_desc(vcpu, s1, addr, &desc) ||
		    (desc & DESC_TYPE) != DESC_TABLE)
			break;
		table = desc & DESC_ADDR;
		bits = stride;
		shift -= stride;
	}
	return -ENOENT;
}

/**
 * avcpu_s1_level() - the level of a descriptor of the guest's tables
 * @vcpu: the current thread's vCPU, loaded
 * @va: what the guest accessed
 * @ipa: in the page where the CPU sought the descriptor
 *
 * Context: vm->srcu held; may sleep.
 * Return: 0 to 3; -ENOENT if the walk, as the guest's registers and tables are
 * now, does not come to that page.
 */
int avcpu_s1_level(struct avcpu_vcpu *vcpu, u64 va, u64 ipa)
{
	struct s1_regime s1;

	read_regime(vcpu, va, &s1);
	if (!s1.page_shift || s1.va_bits < max(s1.page_shift + 1, MIN_VA_BITS) ||
	    s1.va_bits > (s1.page_shift == 16 ? MAX_VA_BITS : 48))
		return -ENOENT;
	return find_level(vcpu, &s1, va, ipa);
}
