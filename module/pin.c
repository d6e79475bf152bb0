// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel without MMU notifiers tells nobody when a page goes: there, what the
 * guest has touched is pinned until its slot goes, and counts against
 * RLIMIT_MEMLOCK. All of hostpage.c's and notifier.c's interface is here.
 *
 * Pins belong to a slot. A page is pinned for writing where the process may
 * write to it: a copy on write that came later would part guest and process.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "mmu.h"

#ifndef CONFIG_MMU_NOTIFIER

/**
 * struct avcpu_pins - the pinned pages of a slot
 * @pages: by number in the slot; tagged PIN_WRITABLE if pinned for writing
 */
struct avcpu_pins {
	struct xarray pages;
};

#define PIN_WRITABLE	1

static int account_page(struct mm_struct *mm)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_inc_return(&mm->pinned_vm) <= limit || capable(CAP_IPC_LOCK))
		return 0;
	atomic64_dec(&mm->pinned_vm);
	return -ENOMEM;
}

static void release_page(struct mm_struct *mm, void *entry)
{
	struct page *page = xa_untag_pointer(entry);

	unpin_user_pages_dirty_lock(&page, 1, xa_pointer_tag(entry) == PIN_WRITABLE);
	atomic64_dec(&mm->pinned_vm);
}

/* Return: an entry for avcpu_pins.pages, or an error pointer. */
static void *pin_page(unsigned long hva, unsigned int flags)
{
	struct page *page;
	int ret;

	ret = pin_user_pages_fast(hva, 1, flags | FOLL_LONGTERM, &page);
	if (ret != 1)
		return ERR_PTR(ret ?: -EFAULT);
	return xa_tag_pointer(page, flags & FOLL_WRITE ? PIN_WRITABLE : 0);
}

static void *pin_new(unsigned long hva, bool write)
{
	void *entry = pin_page(hva, FOLL_WRITE);

	/* Memory of the process that it may only read. */
	if (IS_ERR(entry) && !write)
		entry = pin_page(hva, 0);
	return entry;
}

/* Another vCPU may have been here first: one pin a page is kept. */
static void *keep(struct avcpu_vm *vm, struct avcpu_pins *pins, unsigned long index,
		  void *entry)
{
	void *old = xa_cmpxchg(&pins->pages, index, NULL, entry, GFP_KERNEL_ACCOUNT);

	if (!old)
		return entry;
	release_page(vm->mm, entry);
	return xa_is_err(old) ? ERR_PTR(xa_err(old)) : old;
}

static void *find_or_pin(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
			 u64 gfn, bool write)
{
	unsigned long index = gfn - slot->base_gfn;
	void *entry = xa_load(&slot->pins->pages, index);
	int ret;

	if (entry)
		return entry;
	ret = account_page(vm->mm);
	if (ret)
		return ERR_PTR(ret);
	entry = pin_new(avcpu_slot_hva(slot, gfn), write);
	if (!IS_ERR(entry))
		return keep(vm, slot->pins, index, entry);
	atomic64_dec(&vm->mm->pinned_vm);
	return entry;
}

int avcpu_host_page_get(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
			u64 gfn, bool write, struct avcpu_host_page *host)
{
	void *entry = find_or_pin(vm, slot, gfn, write);

	*host = (struct avcpu_host_page) { };
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	host->page = xa_untag_pointer(entry);
	host->pa = page_to_phys(host->page);
	host->writable = xa_pointer_tag(entry) == PIN_WRITABLE;
	return write && !host->writable ? -EFAULT : 0;
}

/* The pin stays. */
void avcpu_host_page_put(struct avcpu_host_page *host)
{
}

/* A pin holds the page, not the block it may be in. */
u64 avcpu_host_page_most(const struct avcpu_host_page *host)
{
	return PAGE_SIZE;
}

u64 avcpu_host_page_size(const struct avcpu_host_page *host, unsigned long hva)
{
	return PAGE_SIZE;
}

int avcpu_pins_alloc(struct avcpu_memslot *slot)
{
	slot->pins = kmalloc(sizeof(*slot->pins), GFP_KERNEL_ACCOUNT);
	if (!slot->pins)
		return -ENOMEM;
	xa_init(&slot->pins->pages);
	return 0;
}

void avcpu_pins_free(struct avcpu_vm *vm, struct avcpu_memslot *slot)
{
	unsigned long index;
	void *entry;

	if (!slot->pins)
		return;
	xa_for_each(&slot->pins->pages, index, entry) {
		release_page(vm->mm, entry);
		cond_resched();
	}
	xa_destroy(&slot->pins->pages);
	kfree(slot->pins);
	slot->pins = NULL;
}

int avcpu_notifier_init(struct avcpu_vm *vm)
{
	pr_info_once("avcpu: this kernel has no MMU notifiers: guests' memory is pinned and counts against RLIMIT_MEMLOCK\n");
	return 0;
}

void avcpu_notifier_destroy(struct avcpu_vm *vm)
{
}

void avcpu_notifier_add(struct avcpu_vm *vm, struct avcpu_memslot *slot)
{
}

void avcpu_notifier_remove(struct avcpu_vm *vm, struct avcpu_memslot *slot)
{
}

bool avcpu_notifier_retry(struct avcpu_vm *vm, unsigned long seq,
			  unsigned long start, unsigned long end)
{
	return vm->mmu_seq != seq;
}

#endif
