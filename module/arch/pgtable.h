/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Translation tables of the VMSAv8-64 format (DDI 0487, D8.3): descriptors and
 * the one walker of them. It knows the geometry only; who owns the tables, where they come
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

/**
 * avcpu_pgt_find() - the entry that translates an address
 * @pgt: the tree
 * @ia: the address, below the end of the tree
 * @level: where to look no further, at least that of the root
 *
 * Context: as avcpu_pgt_walk(), of which this is the short way for one address.
 * Return: the entry at @level, or the last one above it that there is; its part of
 * the walk is all of it.
 */
static __always_inline struct avcpu_pgt_entry avcpu_pgt_find(const struct avcpu_pgt *pgt,
							     u64 ia, u8 level)
{
	u64 *ptep = &pgt->root[ia >> avcpu_pgt_shift(pgt->start_level)];
	struct avcpu_pgt_entry entry = { .level = pgt->start_level };
	u64 span;

	for (entry.pte = READ_ONCE(*ptep);
	     entry.level < level && avcpu_pte_is_table(entry.pte, entry.level);
	     entry.pte = READ_ONCE(*ptep)) {
		entry.level++;
		ptep = avcpu_pte_table(entry.pte);
		ptep += (ia >> avcpu_pgt_shift(entry.level)) % AVCPU_PGT_ENTRIES;
	}
	span = avcpu_pgt_span(entry.level);
	entry.ptep = ptep;
	entry.ia = ALIGN_DOWN(ia, span);
	entry.addr = entry.ia;
	entry.end = entry.ia + span;
	return entry;
}

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

static __always_inline int avcpu_pgt_call(avcpu_pgt_visit_t visit,
					  struct avcpu_pgt_entry *entry, void *arg)
{
	return visit ? visit(entry, arg) : 0;
}

static __always_inline int avcpu_pgt_visit(const struct avcpu_pgt_visitor *visitor,
					   struct avcpu_pgt_entry *entry, void *arg)
{
	if (!avcpu_pte_valid(entry->pte))
		return avcpu_pgt_call(visitor->hole, entry, arg);
	if (avcpu_pte_is_table(entry->pte, entry->level))
		return avcpu_pgt_call(visitor->enter, entry, arg);
	return avcpu_pgt_call(visitor->leaf, entry, arg);
}

/**
 * struct avcpu_pgt_walk - where a walk is
 * @table: on the way from the root to @level
 * @start: first address of the walk
 * @end: address behind its last
 * @level: where it is
 */
struct avcpu_pgt_walk {
	u64 *table[AVCPU_PGT_LAST_LEVEL + 1];
	u64 start;
	u64 end;
	u8 level;
};

static __always_inline u64 *avcpu_pgt_ptep(const struct avcpu_pgt *pgt,
					   const struct avcpu_pgt_walk *walk, u64 addr)
{
	u64 index = addr >> avcpu_pgt_shift(walk->level);

	/* Concatenated first-level tables are one long table. */
	if (walk->level != pgt->start_level)
		index &= AVCPU_PGT_ENTRIES - 1;
	return &walk->table[walk->level][index];
}

/* Where the table that the walk is in has nothing more for it. */
static __always_inline u64 avcpu_pgt_table_end(const struct avcpu_pgt *pgt,
					       const struct avcpu_pgt_walk *walk,
					       u64 addr)
{
	u64 span;

	if (walk->level == pgt->start_level)
		return walk->end;
	span = avcpu_pgt_span(walk->level - 1);
	return min(walk->end, ALIGN_DOWN(addr, span) + span);
}

/*
 * Visit entries of one table up to its end, or to one that is a table itself,
 * which the walk then is in. @addr goes along.
 */
static __always_inline int avcpu_pgt_walk_table(const struct avcpu_pgt *pgt,
						struct avcpu_pgt_walk *walk, u64 *addr,
						const struct avcpu_pgt_visitor *visitor,
						void *arg)
{
	u64 end = avcpu_pgt_table_end(pgt, walk, *addr);
	u64 span = avcpu_pgt_span(walk->level);
	struct avcpu_pgt_entry entry = {
		.ptep = avcpu_pgt_ptep(pgt, walk, *addr),
		.ia = ALIGN_DOWN(*addr, span), .addr = *addr, .level = walk->level,
	};
	int ret;

	do {
		entry.pte = READ_ONCE(*entry.ptep);
		entry.end = min(end, entry.ia + span);
		ret = avcpu_pgt_visit(visitor, &entry, arg);
		if (ret)
			return ret;
		/* Not what was read, but what the visitor made of it. */
		if (avcpu_pte_is_table(entry.pte, entry.level)) {
			walk->table[++walk->level] = avcpu_pte_table(entry.pte);
			break;
		}
		entry.ptep++;
		entry.ia += span;
		entry.addr = entry.end;
	} while (entry.addr < end);

	*addr = entry.addr;
	return 0;
}

/* All tables that end at @addr, where the walk has come to. */
static __always_inline int avcpu_pgt_leave(const struct avcpu_pgt *pgt,
					   struct avcpu_pgt_walk *walk, u64 addr,
					   const struct avcpu_pgt_visitor *visitor,
					   void *arg)
{
	int ret = 0;

	while (walk->level > pgt->start_level && !ret) {
		u64 span = avcpu_pgt_span(walk->level - 1);
		struct avcpu_pgt_entry entry = { .end = addr };

		if (addr < walk->end && !IS_ALIGNED(addr, span))
			break;
		entry.level = --walk->level;
		if (!visitor->leave)
			continue;
		entry.ptep = avcpu_pgt_ptep(pgt, walk, addr - 1);
		entry.pte = READ_ONCE(*entry.ptep);
		entry.ia = ALIGN_DOWN(addr - 1, span);
		entry.addr = max(entry.ia, walk->start);
		ret = visitor->leave(&entry, arg);
	}
	return ret;
}

/**
 * avcpu_pgt_walk() - visit the entries that translate a range
 * @pgt: the tree
 * @ia: first input address, page aligned
 * @size: bytes, page aligned; [@ia, @ia + @size) is cut at the end of the tree
 * @visitor: what to do at each; a constant, so that its functions become part
 *	of the loop: most walks are of one page, or of a few thousand
 * @arg: for @visitor
 *
 * Entries are visited in ascending order, tables before and after what is in
 * them.
 *
 * Context: the caller keeps others from changing the tree. The hardware may
 * set access flags meanwhile (FEAT_HAFDBS), so visitors change valid leaves
 * by atomic operations.
 * Return: 0, or what a visitor ended the walk with.
 */
static __always_inline int avcpu_pgt_walk(const struct avcpu_pgt *pgt, u64 ia, u64 size,
					  const struct avcpu_pgt_visitor *visitor,
					  void *arg)
{
	struct avcpu_pgt_walk walk;
	u8 level;
	int ret = 0;

	walk.start = ia;
	walk.end = min(BIT_ULL(pgt->ia_bits), ia + size);
	walk.level = pgt->start_level;
	walk.table[walk.level] = pgt->root;
	while (ia < walk.end && !ret) {
		level = walk.level;
		ret = avcpu_pgt_walk_table(pgt, &walk, &ia, visitor, arg);
		/* At the end of a table, not at the beginning of one below. */
		if (!ret && walk.level == level)
			ret = avcpu_pgt_leave(pgt, &walk, ia, visitor, arg);
	}
	return ret;
}

#endif
