/* SPDX-License-Identifier: GPL-2.0 */
/* Inside stage2*.c: descriptors of stage 2 and what these files share. */
#ifndef AVCPU_ARCH_STAGE2_H
#define AVCPU_ARCH_STAGE2_H

#include <linux/bitfield.h>

#include "cpu.h"
#include "pgtable.h"

/* Stage 2 attributes of blocks and pages (DDI 0487, D8.3.2, D8.6) */
#define S2_MEMATTR		GENMASK_ULL(5, 2)
#define S2_S2AP_R		BIT_ULL(6)
#define S2_S2AP_W		BIT_ULL(7)
#define S2_SH			GENMASK_ULL(9, 8)
#define S2_SH_INNER		3
#define S2_XN			GENMASK_ULL(54, 53)
#define S2_SW_WRITABLE		BIT_ULL(55)	/* ours: the host lets it be written */

/*
 * MemAttr[3:0] means one thing without and another with HCR_EL2.FWB (D8.6.5):
 * there 0b0110 forces write-back on whatever the guest's stage 1 says.
 */
#define S2_MEMATTR_NORMAL	0xf
#define S2_MEMATTR_FWB_NORMAL	0x6
#define S2_MEMATTR_DEVICE	0x1		/* nGnRE, in both */

static inline struct avcpu_pgt avcpu_s2_pgt(const struct avcpu_s2 *s2)
{
	return (struct avcpu_pgt) {
		.root = s2->pgd,
		.start_level = s2->start_level,
		.ia_bits = s2->ipa_bits,
	};
}

static inline bool avcpu_s2_pte_cacheable(u64 pte)
{
	return (pte & S2_MEMATTR) != FIELD_PREP(S2_MEMATTR, S2_MEMATTR_DEVICE);
}

/* stage2_walks.c */
void avcpu_s2_clear(struct avcpu_vm *vm);
void avcpu_s2_unmap_table(struct avcpu_vm *vm, struct avcpu_pgt_entry *entry);

/* stage2_cache.c */
void avcpu_s2_cache_init(void);

#endif
