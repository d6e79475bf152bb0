// SPDX-License-Identifier: GPL-2.0
/*
 * MMU notifiers: whatever the kernel does to the process's memory (unmap, swap
 * out, migrate, merge, collapse, write-protect), it takes the guest's mapping
 * of it away first and keeps it away until it is done.
 */
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

/* vm->mmu_lock and vm->srcu held. Slots may share memory: all are asked. */
static void for_each_part(struct avcpu_vm *vm, unsigned long start,
			  unsigned long end, part_fn fn, void *arg)
	__must_hold(&vm->mmu_lock)
{
	struct avcpu_memslots *slots = srcu_dereference(vm->slots, &vm->srcu);
	struct avcpu_memslot *slot;
	struct part part;
	u32 i;

	avcpu_for_each_slot(i, slot, slots)
		if (intersect(slot, start, end, &part))
			fn(vm, &part, arg);
}

static void unmap_part(struct avcpu_vm *vm, const struct part *part, void *arg)
{
	const bool *may_drop = arg;

	avcpu_mmu_unmap(vm, part->ipa, part->size, *may_drop);
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
	bool may_drop = mmu_notifier_range_blockable(range);
	int idx = srcu_read_lock(&vm->srcu);

	spin_lock(&vm->mmu_lock);
	begin(vm, range->start, range->end);
	for_each_part(vm, range->start, range->end, unmap_part, &may_drop);
	spin_unlock(&vm->mmu_lock);
	srcu_read_unlock(&vm->srcu, idx);
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
	int idx = srcu_read_lock(&vm->srcu);

	spin_lock(&vm->mmu_lock);
	for_each_part(vm, start, end, age_part, &age);
	spin_unlock(&vm->mmu_lock);
	srcu_read_unlock(&vm->srcu, idx);
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
	vm->notifier.ops = &notifier_ops;
	return mmu_notifier_register(&vm->notifier, vm->mm);
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
