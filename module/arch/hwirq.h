/* SPDX-License-Identifier: GPL-2.0 */
/* hwirq.c: interrupts of the machine that take the CPU out of the guest. */
#ifndef AVCPU_ARCH_HWIRQ_H
#define AVCPU_ARCH_HWIRQ_H

#include <linux/types.h>

u32 avcpu_hwirq_vtimer(void);
u32 avcpu_hwirq_gic_maintenance(void);
int avcpu_hwirq_request(unsigned int irq, const char *name);
void avcpu_hwirq_free(unsigned int irq);

#endif
