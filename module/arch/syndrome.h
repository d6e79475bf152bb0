/* SPDX-License-Identifier: GPL-2.0 */
/* Fault status codes of ESR_ELx for aborts (DDI 0487, D17.2.37, DFSC, IFSC). */
#ifndef AVCPU_ARCH_SYNDROME_H
#define AVCPU_ARCH_SYNDROME_H

#include <linux/bits.h>
#include <linux/types.h>

#define AVCPU_FSC(esr)		((esr) & GENMASK_ULL(5, 0))
/* A class of fault codes and the level in bits [1:0]. */
#define AVCPU_FSC_CLASS(esr)	((esr) & GENMASK_ULL(5, 2))

#define AVCPU_FSC_SIZE		0x00
#define AVCPU_FSC_TRANSLATION	0x04
#define AVCPU_FSC_ACCESS_FLAG	0x08
#define AVCPU_FSC_PERMISSION	0x0c
#define AVCPU_FSC_EXTERNAL	0x10	/* on the access */
#define AVCPU_FSC_EXTERNAL_WALK	0x14	/* on a walk, by level */
#define AVCPU_FSC_PARITY	0x18
#define AVCPU_FSC_PARITY_WALK	0x1c
/* FEAT_LPA2's level -1 */
#define AVCPU_FSC_SIZE_L_1	0x29
#define AVCPU_FSC_TRANS_L_1	0x2b
#define AVCPU_FSC_EXT_WALK_L_1	0x13

static inline bool avcpu_esr_is_translation(u64 esr)
{
	return AVCPU_FSC_CLASS(esr) == AVCPU_FSC_TRANSLATION ||
	       AVCPU_FSC(esr) == AVCPU_FSC_TRANS_L_1;
}

static inline bool avcpu_esr_is_permission(u64 esr)
{
	return AVCPU_FSC_CLASS(esr) == AVCPU_FSC_PERMISSION;
}

static inline bool avcpu_esr_is_access_flag(u64 esr)
{
	return AVCPU_FSC_CLASS(esr) == AVCPU_FSC_ACCESS_FLAG;
}

static inline bool avcpu_esr_is_size_fault(u64 esr)
{
	return AVCPU_FSC_CLASS(esr) == AVCPU_FSC_SIZE ||
	       AVCPU_FSC(esr) == AVCPU_FSC_SIZE_L_1;
}

static inline bool avcpu_esr_is_external(u64 esr)
{
	switch (AVCPU_FSC_CLASS(esr)) {
	case AVCPU_FSC_EXTERNAL:
		/* 0x11 is a tag check fault, which is not external. */
		return AVCPU_FSC(esr) != 0x11;
	case AVCPU_FSC_EXTERNAL_WALK:
	case AVCPU_FSC_PARITY:
	case AVCPU_FSC_PARITY_WALK:
		return true;
	default:
		return false;
	}
}

#endif
