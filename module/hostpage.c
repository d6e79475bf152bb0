// SPDX-License-Identifier: GPL-2.0
/*
 * Which page the process has at an address. No reference outlives the fault:
 * the MMU notifiers (notifier.c) say when the page goes.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <asm/memory.h>

#include "compat/mm.h"
#include "mmu.h"

#ifdef CONFIG_MMU_NOTIFIER

/*
 * How much the process has mapped in one piece at an address; 0: nothing.
 *
 * IRQs are off, so that tables are not freed (as in the kernel's own lockless
 * walks). They may change: the notifiers tell.
 */
static u64 mapped_size(struct mm_struct *mm, unsigned long hva)
{
	pgd_t *pgdp = pgd_offset(mm, hva);
	pgd_t pgd = READ_ONCE(*pgdp);
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t pmd;

	if (pgd_none(pgd))
		return 0;
	p4dp = p4d_offset_lockless(pgdp, pgd, hva);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d) || !p4d_present(p4d))
		return 0;
	pudp = pud_offset_lockless(p4dp, p4d, hva);
	pud = READ_ONCE(*pudp);
	if (pud_leaf(pud))
		return PUD_SIZE;
	if (pud_none(pud) || !pud_present(pud))
		return 0;
	pmd = READ_ONCE(*pmd_offset_lockless(pudp, pud, hva));
	if (pmd_leaf(pmd))
		return PMD_SIZE;
	if (pmd_none(pmd) || !pmd_present(pmd))
		return 0;
	return pte_present(READ_ONCE(*pte_offset_kernel(&pmd, hva))) ? PAGE_SIZE : 0;
}

static u64 lookup_size(unsigned long hva)
{
	unsigned long flags;
	u64 size;

	local_irq_save(flags);
	size = mapped_size(current->mm, hva);
	local_irq_restore(flags);
	return size;
}

static int found(struct avcpu_host_page *host, struct page *page, bool writable)
{
	host->page = page;
	host->pa = page_to_phys(page);
	host->writable = writable;
	return 0;
}

/* What is mapped now, if the process may write to it; does not sleep. */
static int get_mapped(unsigned long hva, struct avcpu_host_page *host)
{
	struct page *page;

	/* Memory that was never touched is the common case, and costs more below. */
	if (!lookup_size(hva))
		return -EAGAIN;
	if (get_user_pages_fast_only(hva, 1, FOLL_WRITE, &page) != 1)
		return -EAGAIN;
	return found(host, page, true);
}

static int get_faulted(unsigned long hva, bool write, struct avcpu_host_page *host)
{
	unsigned int flags = FOLL_HWPOISON | AVCPU_FOLL_INTERRUPTIBLE;
	struct page *page;
	long ret;

	if (write)
		flags |= FOLL_WRITE;
	ret = get_user_pages_unlocked(hva, 1, &page, flags);
	if (ret == 1)
		return found(host, page, write);
	return ret ?: -EFAULT;
}

/* What the process maps Write-Back is memory, if the kernel has it so too. */
static bool is_memory(const struct avcpu_pfnmap *map)
{
	u64 attr = pgprot_val(map->prot) & PTE_ATTRINDX_MASK;

	return attr == PTE_ATTRINDX(MT_NORMAL) && pfn_is_map_memory(map->pfn);
}

static int follow(struct vm_area_struct *vma, unsigned long hva, bool write,
		  struct avcpu_host_page *host)
{
	struct avcpu_pfnmap map;
	int ret;

	ret = avcpu_follow_pfnmap(vma, hva, &map);
	if (ret)
		return ret;
	if (write && !map.writable)
		return -EACCES;
	host->page = NULL;
	host->pa = PFN_PHYS(map.pfn);
	host->writable = map.writable;
	host->device = !is_memory(&map);
	return 0;
}

/*
 * A driver's mapping of frames: whoever made it owns them, with a struct page
 * or not, and unmaps them through the notifiers before they become anything
 * else. mmap_lock held; *@unlocked: dropped and taken again, @vma may be gone.
 */
static int follow_or_fault(struct vm_area_struct *vma, unsigned long hva, bool write,
			   struct avcpu_host_page *host, bool *unlocked)
{
	int ret = follow(vma, hva, write, host);

	if (!ret)
		return 0;
	ret = fixup_user_fault(current->mm, hva, write ? FAULT_FLAG_WRITE : 0, unlocked);
	if (ret)
		return ret == -EHWPOISON ? ret : -EFAULT;
	if (*unlocked)
		return -EAGAIN;
	return follow(vma, hva, write, host) ? -EFAULT : 0;
}

static int get_pfnmap(unsigned long hva, bool write, struct avcpu_host_page *host)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool unlocked = false;
	int ret = -EFAULT;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, hva);
	if (vma && vma->vm_flags & (VM_IO | VM_PFNMAP))
		ret = follow_or_fault(vma, hva, write, host, &unlocked);
	mmap_read_unlock(mm);
	return ret;
}

/**
 * avcpu_host_page_get() - the page of the process behind a page of the guest
 * @vm: the VM of the current process
 * @slot: where @gfn is
 * @gfn: the guest's frame
 * @write: the guest wants to write: copy what is shared. For a read nothing is
 *	copied, but what is writable is found so.
 * @host: the result, to be given to avcpu_host_page_put()
 *
 * Context: vm->srcu held; may sleep, also for long (userfaultfd).
 * Return: 0; -EAGAIN: the guest has to try again; -EFAULT, -EHWPOISON, -EINTR,
 * -ENOMEM.
 */
int avcpu_host_page_get(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
			u64 gfn, bool write, struct avcpu_host_page *host)
{
	unsigned long hva = avcpu_slot_hva(slot, gfn);
	int ret;

	*host = (struct avcpu_host_page) { };
	ret = get_mapped(hva, host);
	if (ret)
		ret = get_faulted(hva, write, host);
	if (ret == -EFAULT)
		ret = get_pfnmap(hva, write, host);
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

u64 avcpu_host_page_most(const struct avcpu_host_page *host)
{
	return host->page ? folio_size(page_folio(host->page)) : U64_MAX;
}

u64 avcpu_host_page_size(const struct avcpu_host_page *host, unsigned long hva)
{
	return max_t(u64, lookup_size(hva), PAGE_SIZE);
}

void avcpu_host_page_put(struct avcpu_host_page *host)
{
	if (host->page)
		put_page(host->page);
}

#endif
