/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The identification registers at the end of every PrimeCell's page.
 */
#ifndef AVCPU_RUN_PRIMECELL_H
#define AVCPU_RUN_PRIMECELL_H

#include "util.h"

#define PRIMECELL_ID_BASE	0xfe0	/* PeriphID0..3, then PCellID0..3 */

/* One byte of the 64-bit id per register, lowest first. */
static inline u32 primecell_id(u64 id, u64 off)
{
	return (u32)(id >> (2 * (off - PRIMECELL_ID_BASE))) & 0xff;
}

/* A narrow access reads or writes a part of the 32-bit register around it. */
static inline u64 primecell_part(u32 reg, u64 off)
{
	return reg >> (8 * (off & 3));
}

#endif
