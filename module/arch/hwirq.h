/* SPDX-License-Identifier: GPL-2.0 */
/* hwirq.c: the interrupts that the machine's description names. */
#ifndef AVCPU_ARCH_HWIRQ_H
#define AVCPU_ARCH_HWIRQ_H

#include <linux/types.h>

u32 avcpu_hwirq_vtimer(void);
u32 avcpu_hwirq_gic_maintenance(void);

#endif
