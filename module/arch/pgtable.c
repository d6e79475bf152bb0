// SPDX-License-Identifier: GPL-2.0
/* The walker of translation tables; see pgtable.h. */
#include "pgtable.h"

struct walk {
	const struct avcpu_pgt_visitor *visitor;
	void *arg;
};

static int walk_table(const struct walk *walk, u64 *table, unsigned long index_mask,
		      u8 level, u64 addr, u64 end);

static int call(avcpu_pgt_visit_t visit, const struct walk *walk,
		struct avcpu_pgt_entry *entry)
{
	return visit ? visit(entry, walk->arg) : 0;
}

static int walk_entry(const struct walk *walk, struct avcpu_pgt_entry *entry)
{
	const struct avcpu_pgt_visitor *visitor = walk->visitor;
	int ret;

	if (!avcpu_pte_valid(entry->pte))
		ret = call(visitor->hole, walk, entry);
	else if (avcpu_pte_is_table(entry->pte, entry->level))
		ret = call(visitor->enter, walk, entry);
	else
		ret = call(visitor->leaf, walk, entry);

	/* Not what was read, but what the visitor made of it. */
	if (ret || !avcpu_pte_is_table(entry->pte, entry->level))
		return ret;
	ret = walk_table(walk, avcpu_pte_table(entry->pte), AVCPU_PGT_ENTRIES - 1,
			 entry->level + 1, entry->addr, entry->end);
	return ret ?: call(visitor->leave, walk, entry);
}

static int walk_table(const struct walk *walk, u64 *table, unsigned long index_mask,
		      u8 level, u64 addr, u64 end)
{
	u64 span = avcpu_pgt_span(level);
	int ret = 0;

	while (addr < end && !ret) {
		struct avcpu_pgt_entry entry = {
			.ptep	= table + ((addr >> avcpu_pgt_shift(level)) & index_mask),
			.ia	= ALIGN_DOWN(addr, span),
			.addr	= addr,
			.level	= level,
		};

		entry.end = min(end, entry.ia + span);
		entry.pte = READ_ONCE(*entry.ptep);
		ret = walk_entry(walk, &entry);
		addr = entry.end;
	}
	return ret;
}

/**
 * avcpu_pgt_walk() - visit the entries that translate a range
 * @pgt: the tree
 * @ia: first input address, page aligned
 * @size: bytes, page aligned; [@ia, @ia + @size) is cut at the end of the tree
 * @visitor: what to do at each
 * @arg: for @visitor
 *
 * Entries are visited in ascending order, tables before and after what is in
 * them. The depth of recursion is that of the tree, four at most.
 *
 * Context: the caller keeps others from changing the tree. The hardware may
 * set access flags meanwhile (FEAT_HAFDBS), so visitors change valid leaves
 * with cmpxchg().
 * Return: 0, or what a visitor ended the walk with.
 */
int avcpu_pgt_walk(const struct avcpu_pgt *pgt, u64 ia, u64 size,
		   const struct avcpu_pgt_visitor *visitor, void *arg)
{
	const struct walk walk = { .visitor = visitor, .arg = arg };
	u64 limit = BIT_ULL(pgt->ia_bits);

	if (ia >= limit)
		return 0;
	/* Concatenated root tables are one long table: no mask on the index. */
	return walk_table(&walk, pgt->root, ~0UL, pgt->start_level,
			  ia, min(limit, ia + size));
}
