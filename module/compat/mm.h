/* SPDX-License-Identifier: GPL-2.0 */
/* How kernels differ in memory management; see compat.h. */
#ifndef AVCPU_COMPAT_MM_H
#define AVCPU_COMPAT_MM_H

#include <linux/mm.h>
#include <asm/cpufeature.h>

/* Without it a sleeping page fault ends only for a fatal signal. */
#ifdef AVCPU_HAVE_FOLL_INTERRUPTIBLE
#define AVCPU_FOLL_INTERRUPTIBLE	FOLL_INTERRUPTIBLE
#else
#define AVCPU_FOLL_INTERRUPTIBLE	0
#endif

/*
 * AmpereOne (AC03_CPU_38) sets access flags in stage 2 wrongly. A kernel that
 * knows says so; one that does not runs on no such machine, or at its risk.
 */
static inline bool avcpu_hw_af_erratum(void)
{
#ifdef ARM64_WORKAROUND_AMPERE_AC03_CPU_38
	return cpus_have_final_cap(ARM64_WORKAROUND_AMPERE_AC03_CPU_38);
#else
	return false;
#endif
}

/**
 * struct avcpu_pfnmap - a page of a VM_IO or VM_PFNMAP mapping
 * @pfn: its frame, with a struct page or not
 * @prot: how user space maps it
 * @writable: user space may write to it as it is mapped now
 */
struct avcpu_pfnmap {
	unsigned long pfn;
	pgprot_t prot;
	bool writable;
};

/*
 * avcpu_follow_pfnmap() - look a page up in a VM_IO or VM_PFNMAP mapping
 *
 * Context: mmap_lock held. Return: 0, or -EINVAL if nothing is mapped there.
 */
#ifdef AVCPU_HAVE_PFNMAP_START
static inline int avcpu_follow_pfnmap(struct vm_area_struct *vma, unsigned long addr,
				      struct avcpu_pfnmap *map)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };
	int ret = follow_pfnmap_start(&args);

	if (ret)
		return ret;
	map->pfn = args.pfn;
	map->prot = args.pgprot;
	map->writable = args.writable;
	follow_pfnmap_end(&args);
	return 0;
}
#else
static inline int avcpu_follow_pfnmap(struct vm_area_struct *vma, unsigned long addr,
				      struct avcpu_pfnmap *map)
{
	spinlock_t *ptl;
	pte_t *ptep, pte;
	int ret;

#ifdef AVCPU_HAVE_FOLLOW_PTE_VMA
	ret = follow_pte(vma, addr, &ptep, &ptl);
#else
	ret = follow_pte(vma->vm_mm, addr, &ptep, &ptl);
#endif
	if (ret)
		return ret;
	/* For sparse: the function's declaration does not tell of the lock. */
	__acquire(ptl);
	pte = READ_ONCE(*ptep);
	map->pfn = pte_pfn(pte);
	map->prot = __pgprot(pte_val(pte) & ~(pteval_t)PTE_ADDR_MASK);
	map->writable = pte_write(pte);
	pte_unmap_unlock(ptep, ptl);
	return 0;
}
#endif

#endif
