/* SPDX-License-Identifier: GPL-2.0 */
/* What host/irq_storm.c and guest/irq_storm.c agree on. */
#ifndef SELFTESTS_STORM_ABI_H
#define SELFTESTS_STORM_ABI_H

/* What the host raises: SPIs by irqfd, LPIs by MSI, and one level-triggered SPI. */
#define STORM_SPI	40
#define STORM_NR_EDGES	4
#define STORM_LPI	8292	/* the tests' LPI */
#define STORM_NR_LPIS	4
#define STORM_LEVEL	(STORM_SPI + STORM_NR_EDGES)

/* Channels: the edges, the LPIs, the level. */
#define STORM_CHANNELS		(STORM_NR_EDGES + STORM_NR_LPIS + 1)
#define STORM_LPI_CHANNEL	STORM_NR_EDGES
#define STORM_LEVEL_CHANNEL	(STORM_CHANNELS - 1)

/* What the vCPUs do meanwhile. */
#define STORM_ASLEEP	(1 << 0)	/* wait in WFI */
#define STORM_NESTED	(1 << 1)	/* handlers are interrupted */
#define STORM_ROUTE	(1 << 2)	/* vCPU 0 routes the SPIs to one after the other */
#define STORM_MASK	(1 << 3)	/* ... disables and enables them */
#define STORM_LOOK	(1 << 4)	/* ... reads their state, which is in list registers */

#ifndef __ASSEMBLER__

#include "types.h"

/*
 * A number is raised before the interrupt is, and seen by its handler: the last
 * number raised is seen in the end, or an interrupt was lost.
 */
struct storm_channel {
	u64 raised, seen, taken;
};

#endif

#endif
