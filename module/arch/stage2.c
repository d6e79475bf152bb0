// SPDX-License-Identifier: GPL-2.0
/*
 * Stage 2: life of a VM's tables, and mapping into them.
 *
 * Taking away, write-protecting and ageing stand in stage2_walks.c, the upkeep
 * of caches in stage2_cache.c. All changes are made under vm->mmu_lock, so that
 * the only other writer is the hardware, which may set access flags.
 */
#include <linux/log2.h>
#include <linux/slab.h>
#include <asm/barrier.h>

#include "../compat/mm.h"
#include "stage2.h"

/* VTCR_EL2 (DDI 0487, D19.2.177) */
#define AVCPU_VTCR_T0SZ		GENMASK_ULL(5, 0)
#define AVCPU_VTCR_SL0		GENMASK_ULL(7, 6)
#define AVCPU_VTCR_IRGN0_WB	BIT_ULL(8)
#define AVCPU_VTCR_ORGN0_WB	BIT_ULL(10)
#define AVCPU_VTCR_SH0_INNER	(BIT_ULL(12) | BIT_ULL(13))
#define AVCPU_VTCR_TG0		GENMASK_ULL(15, 14)
#define AVCPU_VTCR_PS		GENMASK_ULL(18, 16)
#define AVCPU_VTCR_HA		BIT_ULL(21)
#define AVCPU_VTCR_RES1		BIT_ULL(31)

#define IPA_BITS_MIN		32
#define IPA_BITS_MAX		48
/* Up to 16 first-level tables stand side by side instead of a level above. */
#define CONCAT_BITS		4

static const u8 pa_sizes[] = { 32, 36, 40, 42, 44, 48 };

/* ID_AA64MMFR0_EL1.PARange and VTCR_EL2.PS count alike. */
static u64 vtcr_ps(void)
{
	u64 ps = 0;

	while (ps + 1 < ARRAY_SIZE(pa_sizes) && pa_sizes[ps + 1] <= avcpu_hw.pa_bits)
		ps++;
	return FIELD_PREP(AVCPU_VTCR_PS, ps);
}

static u64 vtcr_tg0(void)
{
	switch (PAGE_SHIFT) {
	case 16:
		return FIELD_PREP(AVCPU_VTCR_TG0, 1);
	case 14:
		return FIELD_PREP(AVCPU_VTCR_TG0, 2);
	}
	return FIELD_PREP(AVCPU_VTCR_TG0, 0);
}

/* SL0 counts upwards from level 2 with 4 KiB pages, from level 3 with larger. */
static u64 vtcr_sl0(u8 start_level)
{
	return FIELD_PREP(AVCPU_VTCR_SL0, (PAGE_SHIFT == 12 ? 2 : 3) - start_level);
}

static u64 make_vtcr(const struct avcpu_s2 *s2)
{
	u64 vtcr = AVCPU_VTCR_RES1;

	vtcr |= AVCPU_VTCR_IRGN0_WB | AVCPU_VTCR_ORGN0_WB | AVCPU_VTCR_SH0_INNER;
	vtcr |= vtcr_ps() | vtcr_tg0() | vtcr_sl0(s2->start_level);
	vtcr |= FIELD_PREP(AVCPU_VTCR_T0SZ, 64 - s2->ipa_bits);
	/* Without it an access to an entry with AF clear faults; both work. */
	if (avcpu_hw.hafdbs && !avcpu_hw_af_erratum())
		vtcr |= AVCPU_VTCR_HA;
	return vtcr;
}

/*
 * Two levels at least: with one there would be no blocks, and the host's would
 * have to be split.
 */
static u8 start_level(u32 ipa_bits)
{
	u32 levels = DIV_ROUND_UP(ipa_bits - CONCAT_BITS - PAGE_SHIFT, AVCPU_PGT_BITS);

	return AVCPU_PGT_LAST_LEVEL + 1 - max(levels, 2U);
}

/**
 * avcpu_s2_init() - give a VM its empty stage 2
 * @vm: under creation
 * @ipa_bits: size of its physical address space, 32..min(48, PARange)
 *
 * Return: 0, -EINVAL for a size that cannot be, -ENOMEM.
 */
int avcpu_s2_init(struct avcpu_vm *vm, u32 ipa_bits)
{
	struct avcpu_s2 *s2 = &vm->arch.s2;
	size_t size;

	if (ipa_bits < IPA_BITS_MIN || ipa_bits > IPA_BITS_MAX ||
	    ipa_bits > avcpu_hw.pa_bits)
		return -EINVAL;
	avcpu_s2_cache_init();

	s2->ipa_bits = ipa_bits;
	s2->start_level = start_level(ipa_bits);
	size = sizeof(u64) << (ipa_bits - avcpu_pgt_shift(s2->start_level));
	s2->pgd_order = get_order(size);
	s2->pgd = (u64 *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, s2->pgd_order);
	if (!s2->pgd)
		return -ENOMEM;
	s2->vtcr = make_vtcr(s2);
	/* VMID 0, CnP 0; the pages' alignment is that of their size (D19.2.178). */
	s2->vttbr = virt_to_phys(s2->pgd);
	return 0;
}

/**
 * avcpu_s2_destroy() - free a VM's stage 2
 * @vm: no vCPU of it will run, no notifier comes; init may have failed
 *
 * May sleep.
 */
void avcpu_s2_destroy(struct avcpu_vm *vm)
{
	struct avcpu_s2 *s2 = &vm->arch.s2;

	if (!s2->pgd)
		return;
	avcpu_s2_clear(vm);
	free_pages((unsigned long)s2->pgd, s2->pgd_order);
	s2->pgd = NULL;
}

/**
 * avcpu_s2_cache_fill() - have tables at hand for one avcpu_s2_map()
 * @cache: of the current thread
 *
 * Context: preemptible, no spinlock held.
 * Return: 0 or -ENOMEM.
 */
int avcpu_s2_cache_fill(struct avcpu_s2_cache *cache)
{
	/* Three tables below the first level are the most that one page wants. */
	if (cache->count >= AVCPU_PGT_LAST_LEVEL)
		return 0;
	while (cache->count < AVCPU_S2_CACHE_MAX) {
		void *page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			return -ENOMEM;
		cache->page[cache->count++] = page;
	}
	return 0;
}

void avcpu_s2_cache_free(struct avcpu_s2_cache *cache)
{
	while (cache->count)
		free_page((unsigned long)cache->page[--cache->count]);
}

/*
 * Levels with blocks (DDI 0487, D8.3.1): 2, and with 4 KiB pages 1. Larger
 * pages would have them at 1 in a 52-bit address space only.
 */
u64 avcpu_s2_block_size(struct avcpu_vm *vm, u64 max)
{
	u8 level = max_t(u8, vm->arch.s2.start_level, PAGE_SHIFT == 12 ? 1 : 2);

	while (level < AVCPU_PGT_LAST_LEVEL && avcpu_pgt_span(level) > max)
		level++;
	return avcpu_pgt_span(level);
}

/**
 * avcpu_s2_hole() - how much around an address is not mapped
 * @vm: the VM; vm->mmu_lock held
 * @ipa: the address, below the limit
 *
 * Return: the span of the entry that is empty: a page, or that of a block, be it of a
 * level that has none; 0: it is mapped.
 */
u64 avcpu_s2_hole(struct avcpu_vm *vm, u64 ipa)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	const struct avcpu_pgt_entry entry = avcpu_pgt_find(&pgt, ipa, AVCPU_PGT_LAST_LEVEL);

	return avcpu_pte_valid(entry.pte) ? 0 : avcpu_pgt_span(entry.level);
}

struct map {
	struct avcpu_vm *vm;
	struct avcpu_s2_cache *cache;
	u64 leaf;		/* the descriptor to be */
	u8 level;
};

static u64 make_leaf(phys_addr_t pa, unsigned int prot, u8 level)
{
	u64 pte = AVCPU_PTE_VALID | AVCPU_PTE_AF | pa;
	u64 memattr = avcpu_hw.fwb ? S2_MEMATTR_FWB_NORMAL : S2_MEMATTR_NORMAL;

	if (level == AVCPU_PGT_LAST_LEVEL)
		pte |= AVCPU_PTE_TABLE;
	if (prot & AVCPU_S2_DEVICE)
		memattr = S2_MEMATTR_DEVICE;
	pte |= FIELD_PREP(S2_MEMATTR, memattr) | FIELD_PREP(S2_SH, S2_SH_INNER);

	if (prot & AVCPU_S2_R)
		pte |= S2_S2AP_R;
	if (prot & AVCPU_S2_W)
		pte |= S2_S2AP_W;
	if (prot & AVCPU_S2_HOST_W)
		pte |= S2_SW_WRITABLE;
	/*
	 * XN[1:0] = 0b10: never at EL1 nor EL0, with and without FEAT_XNX, which
	 * gives bit 53 a meaning (D8.4.6). S2_XN is the field's mask: the value
	 * goes in unshifted.
	 */
	if (!(prot & AVCPU_S2_X))
		pte |= FIELD_PREP(S2_XN, 2);
	return pte;
}

static u64 *new_table(struct map *map)
{
	struct avcpu_s2_cache *cache = map->cache;

	if (!cache->count)
		return NULL;
	return cache->page[--cache->count];
}

static void set_table(struct avcpu_pgt_entry *entry, u64 *table)
{
	entry->pte = virt_to_phys(table) | AVCPU_PTE_TABLE | AVCPU_PTE_VALID;
	/* The walker that finds the table finds its entries as they are now. */
	smp_store_release(entry->ptep, entry->pte);
}

/*
 * Break before make (DDI 0487, D8.16.1): between two valid descriptors that
 * differ in size, address or attributes no walker may see both.
 */
static void break_entry(struct map *map, struct avcpu_pgt_entry *entry)
{
	WRITE_ONCE(*entry->ptep, 0);
	avcpu_tlb_flush_ipa(map->vm, entry->ia, avcpu_pgt_span(entry->level),
			    entry->level);
}

/* Put a table of smaller leaves with the same meaning in a block's place. */
static int split(struct map *map, struct avcpu_pgt_entry *entry)
{
	u64 *table = new_table(map);
	u64 span = avcpu_pgt_span(entry->level + 1);
	u64 pte = entry->pte;
	unsigned long i;

	if (!table)
		return -ENOMEM;
	if (entry->level + 1 == AVCPU_PGT_LAST_LEVEL)
		pte |= AVCPU_PTE_TABLE;
	for (i = 0; i < AVCPU_PGT_ENTRIES; i++, pte += span)
		table[i] = pte;
	break_entry(map, entry);
	set_table(entry, table);
	return 0;
}

/*
 * More permissions for a leaf that stays what it is. That needs no break. TLBs
 * may hold the entry with the old ones: see avcpu_s2_flush_fault().
 */
static void relax(struct avcpu_pgt_entry *entry, u64 want)
{
	u64 more = want & (S2_S2AP_R | S2_S2AP_W | S2_SW_WRITABLE | AVCPU_PTE_AF);
	u64 less = want & S2_XN ? 0 : S2_XN;
	u64 old = entry->pte;
	u64 new;

	do {
		new = (old | more) & ~less;
		if (new == old)
			return;
	} while (!try_cmpxchg(entry->ptep, &old, new));
}

/* Does the leaf translate and treat memory as @want would? */
static bool same_memory(u64 pte, u64 want, u8 level)
{
	u64 mask = GENMASK_ULL(47, avcpu_pgt_shift(level)) | S2_MEMATTR | S2_SH;

	return !((pte ^ want) & mask);
}

/* Is there nothing in @want that @pte does not allow? */
static bool allows(u64 pte, u64 want)
{
	u64 more = want & (S2_S2AP_R | S2_S2AP_W);

	return (pte & more) == more && !(pte & S2_XN & ~want);
}

static int map_hole(struct map *map, struct avcpu_pgt_entry *entry, u64 ipa)
{
	u64 *table;

	while (entry->level < map->level) {
		table = new_table(map);
		if (!table)
			return -ENOMEM;
		set_table(entry, table);
		entry->level++;
		table += (ipa >> avcpu_pgt_shift(entry->level)) % AVCPU_PGT_ENTRIES;
		entry->ptep = table;
	}
	WRITE_ONCE(*entry->ptep, map->leaf);
	return 0;
}

static int map_leaf(struct map *map, struct avcpu_pgt_entry *entry)
{
	if (same_memory(entry->pte, map->leaf, entry->level)) {
		relax(entry, map->leaf);
	} else {
		break_entry(map, entry);
		WRITE_ONCE(*entry->ptep, map->leaf);
	}
	return 0;
}

/* Smaller leaves where a block shall be: they go, whatever they are. */
static int map_table(struct map *map, struct avcpu_pgt_entry *entry)
{
	avcpu_s2_unmap_table(map->vm, entry);
	WRITE_ONCE(*entry->ptep, map->leaf);
	return 0;
}

static int map_at(struct map *map, u64 ipa)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&map->vm->arch.s2);
	struct avcpu_pgt_entry entry;
	int ret = 0;

	while (!ret) {
		entry = avcpu_pgt_find(&pgt, ipa, map->level);
		if (!avcpu_pte_valid(entry.pte))
			return map_hole(map, &entry, ipa);
		if (avcpu_pte_is_table(entry.pte, entry.level))
			return map_table(map, &entry);
		if (entry.level == map->level)
			return map_leaf(map, &entry);
		/* In a block. Another vCPU has mapped that in the meantime? */
		if (same_memory(entry.pte, map->leaf, entry.level) &&
		    allows(entry.pte, map->leaf))
			break;
		ret = split(map, &entry);
	}
	return ret;
}

/**
 * avcpu_s2_map() - map a page or block, or add permissions to a mapped one
 * @vm: the VM; vm->mmu_lock held
 * @ipa: where the guest sees it, aligned to @size
 * @size: PAGE_SIZE, or the size of a block of a level that has blocks
 * @pa: what it sees, aligned to @size
 * @prot: enum avcpu_s2_prot
 * @cache: filled by avcpu_s2_cache_fill() since the last use
 *
 * Permissions that a mapping of the same memory has already stay. After a
 * permission fault avcpu_s2_flush_fault() has to follow.
 * The caller has seen to the caches (avcpu_s2_clean_page(), ..._inval_icache()).
 *
 * Return: 0, or -ENOMEM if @cache had not enough.
 */
int avcpu_s2_map(struct avcpu_vm *vm, u64 ipa, u64 size, phys_addr_t pa,
		 unsigned int prot, struct avcpu_s2_cache *cache)
{
	struct map map = { .vm = vm, .cache = cache };
	int ret;

	map.level = AVCPU_PGT_LAST_LEVEL - (ilog2(size) - PAGE_SHIFT) / AVCPU_PGT_BITS;
	map.leaf = make_leaf(pa, prot, map.level);
	ret = map_at(&map, ipa);
	/* Seen by the walkers of all CPUs before the guest tries again (D8.16.2). */
	dsb(ishst);
	return ret;
}

/* May the leaf have @prot? Then @want is what to set in it, or to clear of S2_XN. */
static bool may_have(u64 pte, unsigned int prot, u64 *want)
{
	*want = AVCPU_PTE_AF | S2_XN;
	if (prot & AVCPU_S2_W) {
		if (!(pte & S2_SW_WRITABLE))
			return false;
		*want |= S2_S2AP_W;
	}
	if (prot & AVCPU_S2_X) {
		if (!avcpu_s2_pte_cacheable(pte))
			return false;
		*want &= ~S2_XN;
	}
	return true;
}

/**
 * avcpu_s2_grant() - add permissions to a mapped page without asking the host
 * @vm: the VM; vm->mmu_lock held
 * @ipa: of the page
 * @prot: AVCPU_S2_W where the page was mapped with AVCPU_S2_HOST_W, AVCPU_S2_X
 *	where it is not device memory; 0: the access flag only
 * @page_only: not to a whole block
 * @pa: set to the page's address
 *
 * What is mapped is what the process has there: the notifiers take it away
 * before that changes.
 *
 * Return: size of the leaf; 0 if nothing is mapped there, or not so that @prot
 * could be had.
 */
u64 avcpu_s2_grant(struct avcpu_vm *vm, u64 ipa, unsigned int prot,
		   bool page_only, phys_addr_t *pa)
{
	const struct avcpu_pgt pgt = avcpu_s2_pgt(&vm->arch.s2);
	struct avcpu_pgt_entry entry = avcpu_pgt_find(&pgt, ipa, AVCPU_PGT_LAST_LEVEL);
	u64 span = avcpu_pgt_span(entry.level);
	u64 want;

	if (!avcpu_pte_valid(entry.pte) || (page_only && span != PAGE_SIZE) ||
	    !may_have(entry.pte, prot, &want))
		return 0;
	*pa = avcpu_pte_pa(entry.pte);
	if (entry.pte & S2_XN & ~want)
		avcpu_s2_inval_icache(*pa, span);
	*pa += ALIGN_DOWN(ipa, PAGE_SIZE) - entry.ia;
	relax(&entry, want);
	dsb(ishst);
	return span;
}
