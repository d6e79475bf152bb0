/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the memory files of module/: what passes between them. */
#ifndef AVCPU_MMU_H
#define AVCPU_MMU_H

#include "arch/arch.h"

static inline u64 avcpu_slot_ipa(const struct avcpu_memslot *slot)
{
	return slot->base_gfn << PAGE_SHIFT;
}

static inline u64 avcpu_slot_size(const struct avcpu_memslot *slot)
{
	return (u64)slot->npages << PAGE_SHIFT;
}

static inline unsigned long avcpu_slot_hva(const struct avcpu_memslot *slot, u64 gfn)
{
	return slot->hva + ((gfn - slot->base_gfn) << PAGE_SHIFT);
}

/**
 * struct avcpu_host_page - what the process has behind a page of the guest
 * @pa: its address, page aligned
 * @page: a reference is held on it; NULL for what was mapped by frame number
 * @writable: the process may write to it as it is mapped now
 * @device: no ordinary memory: no caches, no instructions
 */
struct avcpu_host_page {
	phys_addr_t pa;
	struct page *page;
	bool writable;
	bool device;
};

/*
 * hostpage.c, or pin.c in a kernel without MMU notifiers: may sleep, vm->srcu
 * held. -EFAULT: nothing there, or nothing to write to; -EHWPOISON; -EINTR.
 */
int avcpu_host_page_get(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
			u64 gfn, bool write, struct avcpu_host_page *host);
void avcpu_host_page_put(struct avcpu_host_page *host);
/* The most that avcpu_host_page_size() can say; asks nobody. */
u64 avcpu_host_page_most(const struct avcpu_host_page *host);
/*
 * How much around a page the process has in one piece that can be one in stage
 * 2 too: the size of a page or block. To be taken for true only if
 * avcpu_notifier_retry() says that nothing has changed meanwhile.
 */
u64 avcpu_host_page_size(const struct avcpu_host_page *host, unsigned long hva);

/* notifier.c, or pin.c: stage 2 must not outlive what it maps */
int avcpu_notifier_init(struct avcpu_vm *vm);
void avcpu_notifier_destroy(struct avcpu_vm *vm);
/* From before anything of a slot is mapped until nothing is; vm->mmu_lock held. */
void avcpu_notifier_add(struct avcpu_vm *vm, struct avcpu_memslot *slot);
void avcpu_notifier_remove(struct avcpu_vm *vm, struct avcpu_memslot *slot);
/* Has [start, end) changed since @seq was read? vm->mmu_lock held. */
bool avcpu_notifier_retry(struct avcpu_vm *vm, unsigned long seq,
			  unsigned long start, unsigned long end);

/* pin.c: pages that a slot holds on to, if it must; may sleep */
#ifdef CONFIG_MMU_NOTIFIER
static inline int avcpu_pins_alloc(struct avcpu_memslot *slot)
{
	return 0;
}

static inline void avcpu_pins_free(struct avcpu_vm *vm, struct avcpu_memslot *slot)
{
}
#else
int avcpu_pins_alloc(struct avcpu_memslot *slot);
void avcpu_pins_free(struct avcpu_vm *vm, struct avcpu_memslot *slot);
#endif

/* mmu.c: vm->mmu_lock held; dropped and taken again between chunks if @may_drop */
void avcpu_mmu_unmap(struct avcpu_vm *vm, u64 ipa, u64 size, bool may_drop);
bool avcpu_mmu_wrprotect_slot(struct avcpu_vm *vm, const struct avcpu_memslot *slot);

/* dirty.c */
int avcpu_dirty_alloc(struct avcpu_vm *vm, struct avcpu_memslot *slot);
void avcpu_dirty_mark(const struct avcpu_memslot *slot, u64 gfn);

/* memslot.c: by number; vm->slots_lock held */
struct avcpu_memslot *avcpu_slot_by_id(struct avcpu_vm *vm, u16 id);

#endif
