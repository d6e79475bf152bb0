/* SPDX-License-Identifier: GPL-2.0 */
/* What host/vgic_handlers.c asks of guest/vgic_handlers.c. */
#ifndef SELFTESTS_HANDLERS_ABI_H
#define SELFTESTS_HANDLERS_ABI_H

#include "types.h"

#define HANDLERS_SPI	40	/* the first of ... */
#define HANDLERS_NR	6	/* SPIs, A to F */

/* An SPI, and what its handler does the first time that it runs. */
struct handlers_spi {
	u8 priority;
	bool group0;
	bool masked;	/* it lets no other interrupt in */
	u8 pmr;		/* the priority mask in the handler; 0: as it is */
	u8 pends;	/* SPIs that it makes pending, a bit each */
	u8 drop_pends;	/* ... between EOI and deactivation (EOImode 1) */
};

struct handlers {
	struct handlers_spi spis[HANDLERS_NR];
	u8 bpr0, bpr1;
	bool cbpr, eoimode1;
	bool exits;	/* each handler exits to user space before it ends */
};

#endif
