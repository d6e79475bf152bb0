// SPDX-License-Identifier: GPL-2.0
/* Stage 2: taking mappings away, write protection, age, cleaning. */
#include <linux/sched.h>

#include "stage2.h"

/**
 * struct gather - what a walk has undone, until the TLBs know
 * @vm: whose stage 2
 * @start: first IPA of a range that is empty if @start >= @end
 * @end: behind its last
 * @level: of all entries undone, 0 if they differ or were tables
 * @mixed: @level is 0 for good
 * @tables: pages that a walker may still be in: to be freed after the TLBI.
 *	page->private is the level of the table; those below go with it.
 */
struct gather {
	struct avcpu_vm *vm;
	u64 start;
	u64 end;
	u8 level;
	bool mixed;
	struct list_head tables;
};

static void gather_init(struct gather *gather, struct avcpu_vm *vm)
{
	*gather = (struct gather) { .vm = vm, .start = U64_MAX };
	INIT_LIST_HEAD(&gather->tables);
}

static void gather_range(struct gather *gather, u64 start, u64 end, u8 level)
{
	gather->start = min(gather->start, start);
	gather->end = max(gather->end, end);
	if (gather->level && gather->level != level)
		gather->mixed = true;
	gather->level = gather->mixed ? 0 : level;
}

/* Unhook a table and all below it. */
static void gather_table(struct gather *gather, struct avcpu_pgt_entry *entry)
{
	struct page *page = virt_to_page(avcpu_pte_table(entry->pte));

	set_page_private(page, entry->level + 1);
	list_add(&page->lru, &gather->tables);
	entry->pte = 0;
	WRITE_ONCE(*entry->ptep, 0);
}

/* Depth is that of the tree. @may_sleep: no lock is held. */
static void free_tree(u64 *table, u8 level, bool may_sleep)
{
	unsigned long i;

	for (i = 0; level < AVCPU_PGT_LAST_LEVEL && i < AVCPU_PGT_ENTRIES; i++)
		if (avcpu_pte_is_table(table[i], level))
			free_tree(avcpu_pte_table(table[i]), level + 1, may_sleep);
	free_page((unsigned long)table);
	if (may_sleep)
		cond_resched();
}

static void gather_free(struct gather *gather, bool may_sleep)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &gather->tables, lru) {
		u8 level = page_private(page);

		list_del(&page->lru);
		set_page_private(page, 0);
		free_tree(page_address(page), level, may_sleep);
	}
}

static void gather_finish(struct gather *gather)
{
	if (gather->start < gather->end)
		avcpu_tlb_flush_ipa(gather->vm, gather->start,
				    gather->end - gather->start, gather->level);
	gather_free(gather, false);
}

static bool table_empty(const u64 *table)
{
	unsigned long i;

	for (i = 0; i < AVCPU_PGT_ENTRIES; i++)
		if (READ_ONCE(table[i]))
			return false;
	return true;
}

static bool covered(const struct avcpu_pgt_entry *entry)
{
	return entry->end - entry->addr == avcpu_pgt_span(entry->level);
}

static int unmap_leaf(struct avcpu_pgt_entry *entry, void *arg)
{
	/*
	 * All of a block goes, asked for or not: the rest faults in again. To
	 * split it would take a table, and a notifier cannot wait for one.
	 */
	WRITE_ONCE(*entry->ptep, 0);
	gather_range(arg, entry->ia, entry->ia + avcpu_pgt_span(entry->level),
		     entry->level);
	/*
	 * The guest may have written past the caches (D7.5.2.3). Lines that the
	 * host got by speculation must not hide that from whom it belongs to now.
	 */
	if (!avcpu_hw.fwb && avcpu_s2_pte_cacheable(entry->pte))
		avcpu_s2_clean_page(avcpu_pte_pa(entry->pte),
				    avcpu_pgt_span(entry->level));
	return 0;
}

/* Nothing to be done at each leaf: drop them all at once. */
static int unmap_enter(struct avcpu_pgt_entry *entry, void *arg)
{
	if (!avcpu_hw.fwb || !covered(entry))
		return 0;
	gather_range(arg, entry->addr, entry->end, AVCPU_PGT_LAST_LEVEL);
	gather_table(arg, entry);
	return 0;
}

static int unmap_leave(struct avcpu_pgt_entry *entry, void *arg)
{
	if (!table_empty(avcpu_pte_table(entry->pte)))
		return 0;
	/* One address of those it translated is enough to be rid of it. */
	gather_range(arg, entry->addr, entry->addr + PAGE_SIZE, AVCPU_PGT_LAST_LEVEL);
	gather_table(arg, entry);
	return 0;
}

static const struct avcpu_pgt_visitor unmap_visitor = {
	.leaf	= unmap_leaf,
	.enter	= unmap_enter,
	.leave	= unmap_leave,
};

/**
 * avcpu_s2_unmap() - take mappings away, from the TLBs too
 * @vm: the VM; vm->mmu_lock held
 * @ipa: first byte, page aligned
 * @size: bytes; for large ranges call it by AVCPU_S2_CHUNK and let others have
 *	the lock in between
 *
 * Blocks that reach into the range go as a whole. Tables left empty are freed.
 */
void avcpu_s2_unmap(struct avcpu_vm *vm, u64 ipa, u64 size)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	struct gather gather;

	gather_init(&gather, vm);
	avcpu_pgt_walk(&pgt, ipa, size, &unmap_visitor, &gather);
	gather_finish(&gather);
}

static const struct avcpu_pgt_visitor unmap_leaves = {
	.leaf	= unmap_leaf,
};

/**
 * avcpu_s2_unmap_table() - take a table away, and all below it, from the TLBs too
 * @vm: the VM; vm->mmu_lock held
 * @entry: that leads to the table, and is empty afterwards
 *
 * The table that @entry is in stays, though it be empty now.
 */
void avcpu_s2_unmap_table(struct avcpu_vm *vm, struct avcpu_pgt_entry *entry)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	u64 span = avcpu_pgt_span(entry->level);
	struct gather gather;

	gather_init(&gather, vm);
	avcpu_pgt_walk(&pgt, entry->ia, span, &unmap_leaves, &gather);
	gather_range(&gather, entry->ia, entry->ia + PAGE_SIZE, AVCPU_PGT_LAST_LEVEL);
	gather_table(&gather, entry);
	gather_finish(&gather);
}

static int clear_enter(struct avcpu_pgt_entry *entry, void *arg)
{
	gather_table(arg, entry);
	return 0;
}

static int clear_leaf(struct avcpu_pgt_entry *entry, void *arg)
{
	WRITE_ONCE(*entry->ptep, 0);
	return 0;
}

static const struct avcpu_pgt_visitor clear_visitor = {
	.enter	= clear_enter,
	.leaf	= clear_leaf,
};

/**
 * avcpu_s2_clear() - free all tables but the first level's
 * @vm: nobody else will use its stage 2 again
 *
 * May sleep.
 */
void avcpu_s2_clear(struct avcpu_vm *vm)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	struct gather gather;

	gather_init(&gather, vm);
	avcpu_pgt_walk(&pgt, 0, BIT_ULL(pgt.ia_bits), &clear_visitor, &gather);
	avcpu_tlb_flush_vm(vm);
	gather_free(&gather, true);
}

/* Of a valid leaf, in which the hardware may set the access flag meanwhile. */
static __always_inline void clear_bits(u64 *ptep, u64 bits)
{
	atomic64_andnot(bits, (atomic64_t *)ptep);
}

static int wrprotect_leaf(struct avcpu_pgt_entry *entry, void *arg)
{
	bool *changed = arg;

	if (!(entry->pte & S2_S2AP_W))
		return 0;
	clear_bits(entry->ptep, S2_S2AP_W);
	*changed = true;
	return 0;
}

static const struct avcpu_pgt_visitor wrprotect_visitor = {
	.leaf	= wrprotect_leaf,
};

/**
 * avcpu_s2_wrprotect() - have the next write of each page fault
 * @vm: the VM; vm->mmu_lock held
 * @ipa: first byte, page aligned
 * @size: bytes
 *
 * Blocks lose the permission as a whole, and are split when they are written.
 *
 * Return: TLBs must be flushed, by avcpu_s2_flush_tlb(), before the guest's
 * writes are taken for noticed.
 */
bool avcpu_s2_wrprotect(struct avcpu_vm *vm, u64 ipa, u64 size)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	bool changed = false;

	avcpu_pgt_walk(&pgt, ipa, size, &wrprotect_visitor, &changed);
	return changed;
}

/**
 * avcpu_s2_flush_tlb() - drop a range from the TLBs of all CPUs
 * @vm: the VM
 * @ipa: first byte, page aligned
 * @size: bytes
 *
 * Context: any, vm->mmu_lock need not be held.
 */
void avcpu_s2_flush_tlb(struct avcpu_vm *vm, u64 ipa, u64 size)
{
	avcpu_tlb_flush_ipa(vm, ipa, size, 0);
}

/**
 * avcpu_s2_flush_fault() - let a mended permission fault not come again
 * @vm: the VM
 * @ipa: of the fault
 * @va: of the fault, as the guest had it
 * @size: of the leaf there
 *
 * On the CPU of the current thread. If it moves to another that has the old
 * entry, that faults once more.
 */
void avcpu_s2_flush_fault(struct avcpu_vm *vm, u64 ipa, u64 va, u64 size)
{
	avcpu_tlb_flush_fault(vm, ipa, va, size > PAGE_SIZE);
}

struct age {
	bool clear;
	bool young;
};

static int age_leaf(struct avcpu_pgt_entry *entry, void *arg)
{
	struct age *age = arg;

	if (!(entry->pte & AVCPU_PTE_AF))
		return 0;
	age->young = true;
	if (age->clear)
		clear_bits(entry->ptep, AVCPU_PTE_AF);
	return 0;
}

static const struct avcpu_pgt_visitor age_visitor = {
	.leaf	= age_leaf,
};

/**
 * avcpu_s2_age() - has the guest used a range since its flags were cleared?
 * @vm: the VM; vm->mmu_lock held
 * @ipa: first byte, page aligned
 * @size: bytes
 * @clear: clear them now. TLBs keep what they have: the caller flushes if an
 *	answer of "not used" must be exact.
 *
 * Return: an access flag was set.
 */
bool avcpu_s2_age(struct avcpu_vm *vm, u64 ipa, u64 size, bool clear)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	struct age age = { .clear = clear };

	avcpu_pgt_walk(&pgt, ipa, size, &age_visitor, &age);
	return age.young;
}

static int clean_leaf(struct avcpu_pgt_entry *entry, void *arg)
{
	if (avcpu_s2_pte_cacheable(entry->pte))
		avcpu_s2_clean_page(avcpu_pte_pa(entry->pte) + entry->addr - entry->ia,
				    entry->end - entry->addr);
	return 0;
}

static const struct avcpu_pgt_visitor clean_visitor = {
	.leaf	= clean_leaf,
};

/**
 * avcpu_s2_flush_cache() - clean all memory mapped to the guest to the PoC
 * @vm: the VM; vm->srcu held, takes vm->mmu_lock, may sleep
 */
void avcpu_s2_flush_cache(struct avcpu_vm *vm)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	struct avcpu_memslots *slots = srcu_dereference(vm->slots, &vm->srcu);
	struct avcpu_memslot *slot;
	u32 i;

	/* Nothing the guest does goes past the caches (DDI 0487, D8.6.5). */
	if (avcpu_hw.fwb)
		return;
	avcpu_for_each_slot(i, slot, slots) {
		u64 ipa = slot->base_gfn << PAGE_SHIFT;
		u64 end = ipa + ((u64)slot->npages << PAGE_SHIFT);
		u64 next;

		for (; ipa < end; ipa = next) {
			next = min(end, ALIGN_DOWN(ipa, PMD_SIZE) + PMD_SIZE);
			spin_lock(&vm->mmu_lock);
			avcpu_pgt_walk(&pgt, ipa, next - ipa, &clean_visitor, NULL);
			spin_unlock(&vm->mmu_lock);
			cond_resched();
		}
	}
}
