// SPDX-License-Identifier: GPL-2.0
/*
 * MMU notifiers: whatever the kernel does to the process's memory (unmap, swap
 * out, migrate, merge, collapse, write-protect), it takes the guest's mapping
 * of it away first and keeps it away until it is done.
 */
#include <linux/interval_tree.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>

#include "mmu.h"

#ifdef CONFIG_MMU_NOTIFIER

static struct avcpu_vm *vm_of(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct avcpu_vm, notifier);
}

/* Part of a slot that is backed by a range of the process's addresses. */
struct part {
	u64 ipa;
	u64 size;
};

static bool intersect(const struct avcpu_memslot *slot, unsigned long start,
		      unsigned long end, struct part *part)
{
	unsigned long slot_end = slot->hva + avcpu_slot_size(slot);

	start = max(start & PAGE_MASK, slot->hva);
	end = min(PAGE_ALIGN(end), slot_end);
	if (start >= end)
		return false;
	part->ipa = avcpu_slot_ipa(slot) + (start - slot->hva);
	part->size = end - start;
	return true;
}

typedef void (*part_fn)(struct avcpu_vm *vm, const struct part *part, void *arg);

static struct interval_tree_node *first_slot(struct avcpu_vm *vm, unsigned long start,
					     unsigned long end)
{
	return interval_tree_iter_first(&vm->hva_tree, start, end - 1);
}

/*
 * vm->mmu_lock held. Slots may share memory: all are asked. If @fn dropped the
 * lock and the slots changed meanwhile, all are asked once more.
 */
static void for_each_part(struct avcpu_vm *vm, unsigned long start,
			  unsigned long end, part_fn fn, void *arg)
	__must_hold(&vm->mmu_lock)
{
	struct interval_tree_node *node = first_slot(vm, start, end);
	unsigned long gen = vm->slots_gen;
	struct avcpu_memslot *slot;
	struct part part;

	while (node) {
		slot = container_of(node, struct avcpu_memslot, hva_node);
		if (intersect(slot, start, end, &part))
			fn(vm, &part, arg);
		if (gen == vm->slots_gen) {
			node = interval_tree_iter_next(node, start, end - 1);
		} else {
			node = first_slot(vm, start, end);
			gen = vm->slots_gen;
		}
	}
}

/*
 * Whoever changes the slots without end while a range is unmapped shall not
 * keep that from its end: the second time the lock is not dropped.
 */
struct unmap {
	bool may_drop;
	unsigned long gen;
};

static void unmap_part(struct avcpu_vm *vm, const struct part *part, void *arg)
	__must_hold(&vm->mmu_lock)
{
	const struct unmap *unmap = arg;

	avcpu_mmu_unmap(vm, part->ipa, part->size,
			unmap->may_drop && unmap->gen == vm->slots_gen);
}

/* Faults in [start, end) do not map from here on: see avcpu_notifier_retry(). */
static void begin(struct avcpu_vm *vm, unsigned long start, unsigned long end)
	__must_hold(&vm->mmu_lock)
{
	if (!vm->mmu_in_progress++) {
		vm->mmu_start = start;
		vm->mmu_end = end;
		return;
	}
	/* Several at once: what lies between them waits too. */
	vm->mmu_start = min(vm->mmu_start, start);
	vm->mmu_end = max(vm->mmu_end, end);
}

static int invalidate_range_start(struct mmu_notifier *notifier,
				  const struct mmu_notifier_range *range)
{
	struct avcpu_vm *vm = vm_of(notifier);
	struct unmap unmap = { .may_drop = mmu_notifier_range_blockable(range) };

	spin_lock(&vm->mmu_lock);
	unmap.gen = vm->slots_gen;
	begin(vm, range->start, range->end);
	for_each_part(vm, range->start, range->end, unmap_part, &unmap);
	spin_unlock(&vm->mmu_lock);
	return 0;
}

static void invalidate_range_end(struct mmu_notifier *notifier,
				 const struct mmu_notifier_range *range)
{
	struct avcpu_vm *vm = vm_of(notifier);

	spin_lock(&vm->mmu_lock);
	/* Who read the old number looked at the old page tables. */
	vm->mmu_seq++;
	vm->mmu_in_progress--;
	spin_unlock(&vm->mmu_lock);
}

struct age {
	bool clear;
	bool flush;
	bool young;
};

static void age_part(struct avcpu_vm *vm, const struct part *part, void *arg)
{
	struct age *age = arg;
	bool young = avcpu_s2_age(vm, part->ipa, part->size, age->clear);

	if (young && age->flush)
		avcpu_s2_flush_tlb(vm, part->ipa, part->size);
	age->young |= young;
}

static bool age_range(struct mmu_notifier *notifier, unsigned long start,
		      unsigned long end, struct age age)
{
	struct avcpu_vm *vm = vm_of(notifier);

	spin_lock(&vm->mmu_lock);
	for_each_part(vm, start, end, age_part, &age);
	spin_unlock(&vm->mmu_lock);
	return age.young;
}

static avcpu_young_t clear_flush_young(struct mmu_notifier *notifier,
				       struct mm_struct *mm, unsigned long start,
				       unsigned long end)
{
	return age_range(notifier, start, end,
			 (struct age) { .clear = true, .flush = true });
}

/* Called often, for many pages: a TLB that still has some does little harm. */
static avcpu_young_t clear_young(struct mmu_notifier *notifier,
				 struct mm_struct *mm, unsigned long start,
				 unsigned long end)
{
	return age_range(notifier, start, end, (struct age) { .clear = true });
}

static avcpu_young_t test_young(struct mmu_notifier *notifier,
				struct mm_struct *mm, unsigned long addr)
{
	return age_range(notifier, addr, addr + 1, (struct age) { });
}

/*
 * The process has gone, and its page tables go. No thread of it is left that
 * could run a vCPU, and no other may: nothing is mapped again.
 */
static void release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	avcpu_mmu_unmap_all(vm_of(notifier));
}

static const struct mmu_notifier_ops notifier_ops = {
	.invalidate_range_start	= invalidate_range_start,
	.invalidate_range_end	= invalidate_range_end,
	.clear_flush_young	= clear_flush_young,
	.clear_young		= clear_young,
	.test_young		= test_young,
	.release		= release,
};

int avcpu_notifier_init(struct avcpu_vm *vm)
{
	vm->hva_tree = RB_ROOT_CACHED;
	vm->notifier.ops = &notifier_ops;
	return mmu_notifier_register(&vm->notifier, vm->mm);
}

void avcpu_notifier_add(struct avcpu_vm *vm, struct avcpu_memslot *slot)
	__must_hold(&vm->mmu_lock)
{
	slot->hva_node.start = slot->hva;
	slot->hva_node.last = slot->hva + avcpu_slot_size(slot) - 1;
	interval_tree_insert(&slot->hva_node, &vm->hva_tree);
	vm->slots_gen++;
}

void avcpu_notifier_remove(struct avcpu_vm *vm, struct avcpu_memslot *slot)
	__must_hold(&vm->mmu_lock)
{
	interval_tree_remove(&slot->hva_node, &vm->hva_tree);
	vm->slots_gen++;
}

void avcpu_notifier_destroy(struct avcpu_vm *vm)
{
	mmu_notifier_unregister(&vm->notifier, vm->mm);
}

/**
 * avcpu_notifier_retry() - may what a fault found have changed since?
 * @vm: the VM; vm->mmu_lock held
 * @seq: vm->mmu_seq, read before the fault looked for anything
 * @start: first address of the process that is to be mapped
 * @end: address behind the last
 *
 * Return: it may; the guest has to try again.
 */
bool avcpu_notifier_retry(struct avcpu_vm *vm, unsigned long seq,
			  unsigned long start, unsigned long end)
{
	if (vm->mmu_in_progress && start < vm->mmu_end && end > vm->mmu_start)
		return true;
	return vm->mmu_seq != seq;
}

#endif
