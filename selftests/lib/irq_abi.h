/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest's interrupt handler (guest/irq.h) leaves for the host to read. */
#ifndef SELFTESTS_IRQ_ABI_H
#define SELFTESTS_IRQ_ABI_H

#include "guest_abi.h"

#define IRQ_LOG		128

/* One for each CPU, by its number: irq_cpus[]. */
struct irq_cpu {
	u64 count;		/* interrupts taken and ended */
	u64 spurious;		/* exceptions with nothing to acknowledge */
	u64 depth, max_depth;	/* handlers on the stack */
	u64 nr_taken, nr_ended;	/* elements of ... */
	u32 taken[IRQ_LOG];	/* INTIDs as they were acknowledged */
	u32 ended[IRQ_LOG];	/* ... and as their handlers ended */
	u8 priority[IRQ_LOG];	/* the running priority in the handler of taken[] */
};

#endif
