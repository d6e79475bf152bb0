/* SPDX-License-Identifier: GPL-2.0 */
/* What host/arch_timer.c and guest/arch_timer.c agree on. */
#ifndef SELFTESTS_TIMER_ABI_H
#define SELFTESTS_TIMER_ABI_H

#define TIMER_VIRT		0
#define TIMER_PHYS		1

/* How a guest arms its timer and waits for it. */
#define TIMER_BY_TVAL		(1 << 0)	/* not by CVAL */
#define TIMER_ASLEEP		(1 << 1)	/* in WFI */
#define TIMER_EOIMODE1		(1 << 2)

#define TIMER_CTL_ENABLE	1
#define TIMER_CTL_IMASK		2
#define TIMER_CTL_ISTATUS	4

#endif
