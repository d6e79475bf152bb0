/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Translation tables of the VMSAv8-64 format (DDI 0487, D8.3): descriptors and
 * one walker. It knows the geometry only; who owns the tables, where they come
 * from and who must be told of a change is the visitors' affair.
 */
#ifndef AVCPU_ARCH_PGTABLE_H
#define AVCPU_ARCH_PGTABLE_H

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/types.h>

#define AVCPU_PTE_VALID		BIT_ULL(0)
/* A table above the last level, a page at it. */
#define AVCPU_PTE_TABLE		BIT_ULL(1)
#define AVCPU_PTE_AF		BIT_ULL(10)
#define AVCPU_PTE_ADDR		GENMASK_ULL(47, PAGE_SHIFT)

#define AVCPU_PGT_LAST_LEVEL	3
#define AVCPU_PGT_BITS		(PAGE_SHIFT - 3)	/* of address, a level */
#define AVCPU_PGT_ENTRIES	(1UL << AVCPU_PGT_BITS)

/* log2 of what one entry of a table of @level translates, in bytes */
static inline unsigned int avcpu_pgt_shift(u8 level)
{
	return PAGE_SHIFT + (AVCPU_PGT_LAST_LEVEL - level) * AVCPU_PGT_BITS;
}

static inline u64 avcpu_pgt_span(u8 level)
{
	return BIT_ULL(avcpu_pgt_shift(level));
}

static inline bool avcpu_pte_valid(u64 pte)
{
	return pte & AVCPU_PTE_VALID;
}

static inline bool avcpu_pte_is_table(u64 pte, u8 level)
{
	return level < AVCPU_PGT_LAST_LEVEL && avcpu_pte_valid(pte) &&
	       (pte & AVCPU_PTE_TABLE);
}

static inline phys_addr_t avcpu_pte_pa(u64 pte)
{
	return pte & AVCPU_PTE_ADDR;
}

/* The table that @pte, a table descriptor, points to. */
static inline u64 *avcpu_pte_table(u64 pte)
{
	return phys_to_virt(avcpu_pte_pa(pte));
}

/**
 * struct avcpu_pgt - a tree of tables
 * @root: first-level tables, one or more side by side
 * @start_level: level of @root, 0..3
 * @ia_bits: bits of an input address
 */
struct avcpu_pgt {
	u64 *root;
	u8 start_level;
	u8 ia_bits;
};

/**
 * struct avcpu_pgt_entry - an entry on the way of a walk
 * @ptep: where it is
 * @pte: its value when it was read. A visitor that writes a table descriptor
 *	to @ptep puts it here too, and the walk goes on below.
 * @ia: first input address that the entry translates
 * @addr: where the part of the walk begins that is the entry's
 * @end: where it ends
 * @level: of the table it is in
 */
struct avcpu_pgt_entry {
	u64 *ptep;
	u64 pte;
	u64 ia;
	u64 addr;
	u64 end;
	u8 level;
};

typedef int (*avcpu_pgt_visit_t)(struct avcpu_pgt_entry *entry, void *arg);

/**
 * struct avcpu_pgt_visitor - what to do at the entries of a range
 * @hole: an invalid entry
 * @leaf: a block or page
 * @enter: a table, before its entries; it may put something else in its place
 * @leave: a table, after its entries
 *
 * All may be NULL. Each returns 0 to go on; anything else ends the walk.
 */
struct avcpu_pgt_visitor {
	avcpu_pgt_visit_t hole;
	avcpu_pgt_visit_t leaf;
	avcpu_pgt_visit_t enter;
	avcpu_pgt_visit_t leave;
};

int avcpu_pgt_walk(const struct avcpu_pgt *pgt, u64 ia, u64 size,
		   const struct avcpu_pgt_visitor *visitor, void *arg);

#endif
