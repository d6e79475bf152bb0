// SPDX-License-Identifier: GPL-2.0
/*
 * Cache maintenance of the guest's memory, through the kernel's linear map.
 *
 * The kernel's own functions for it are not exported. Line sizes and policy
 * are those of CTR_EL0 as the kernel sanitised it: the least of all CPUs, for
 * the thread may move in the middle of a loop.
 */
#include <asm/barrier.h>
#include <asm/cpufeature.h>

#include "stage2.h"

/* CTR_EL0 (DDI 0487, D19.2.34): line sizes are log2 of words */
#define AVCPU_CTR_IMINLINE	GENMASK_ULL(3, 0)
#define AVCPU_CTR_L1IP		GENMASK_ULL(15, 14)
#define AVCPU_CTR_L1IP_PIPT	3
#define AVCPU_CTR_DMINLINE	GENMASK_ULL(19, 16)
#define WORD			4

/* From where on dropping the whole I cache costs less than by line. */
#define ICACHE_LINES_MAX	4096

static unsigned long dcache_line = WORD;
static unsigned long icache_line;	/* 0: only the whole cache will do */

/* Idempotent: each VM that is made calls it. */
void avcpu_s2_cache_init(void)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);

	dcache_line = WORD << FIELD_GET(AVCPU_CTR_DMINLINE, ctr);
	/*
	 * By address means by virtual address: where the cache is indexed by
	 * it, the guest's alias of the page is somewhere else (D7.5.9).
	 */
	icache_line = FIELD_GET(AVCPU_CTR_L1IP, ctr) == AVCPU_CTR_L1IP_PIPT ?
		WORD << FIELD_GET(AVCPU_CTR_IMINLINE, ctr) : 0;
}

static __always_inline void clean_line(unsigned long addr)
{
	asm volatile("dc civac, %0" : : "r" (addr) : "memory");
}

/**
 * avcpu_s2_clean_page() - clean and invalidate memory to the point of coherency
 * @pa: first byte, in the linear map, page aligned
 * @size: bytes, page aligned
 *
 * For a guest whose own accesses may be Non-cacheable, before it gets the page
 * and after it had it. Context: any.
 */
void avcpu_s2_clean_page(phys_addr_t pa, u64 size)
{
	unsigned long addr = (unsigned long)phys_to_virt(pa);
	unsigned long end = addr + size;
	unsigned long line = dcache_line;

	/* Whole pages, in which there are many times eight lines. */
	for (; addr < end; addr += 8 * line) {
		clean_line(addr);
		clean_line(addr + line);
		clean_line(addr + 2 * line);
		clean_line(addr + 3 * line);
		clean_line(addr + 4 * line);
		clean_line(addr + 5 * line);
		clean_line(addr + 6 * line);
		clean_line(addr + 7 * line);
	}
	dsb(sy);
}

/**
 * avcpu_s2_inval_icache_all() - drop the instruction caches of all CPUs
 */
void avcpu_s2_inval_icache_all(void)
{
	asm volatile("ic ialluis" : : : "memory");
	dsb(ish);
	isb();
}

/**
 * avcpu_s2_inval_icache() - drop instructions the caches hold of some memory
 * @pa: first byte, in the linear map; its data is clean to the PoU
 * @size: bytes
 *
 * Before the guest may execute it. Context: any.
 */
void avcpu_s2_inval_icache(phys_addr_t pa, u64 size)
{
	unsigned long addr = (unsigned long)phys_to_virt(pa);
	unsigned long end = addr + size;
	unsigned long line = icache_line;

	if (avcpu_hw.dic)
		return;
	if (!line || size / line > ICACHE_LINES_MAX) {
		avcpu_s2_inval_icache_all();
		return;
	}
	for (addr = ALIGN_DOWN(addr, line); addr < end; addr += line)
		asm volatile("ic ivau, %0" : : "r" (addr) : "memory");
	dsb(ish);
	isb();
}
