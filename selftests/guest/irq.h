/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts as exceptions, with a handler: what guest/gic.c does by hand, this
 * does as a kernel would. Both groups, nested where the hook unmasks interrupts.
 */
#ifndef SELFTESTS_GUEST_IRQ_H
#define SELFTESTS_GUEST_IRQ_H

#include "gic_abi.h"
#include "icc.h"
#include "irq_abi.h"

extern struct irq_cpu irq_cpus[MAX_GUEST_CPUS];

/* Called between acknowledge and end, with interrupts masked; may be NULL. */
extern void (*irq_hook)(u32 intid);
/* With EOImode 1: called between priority drop and deactivation; may be NULL. */
extern void (*irq_dropped_hook)(u32 intid);

/* This CPU's number, and its record. */
unsigned int cpu_nr(void);
struct irq_cpu *this_irq_cpu(void);

/* Handler, CPU interface and (idempotent) distributor; interrupts stay masked. */
void irq_setup(bool eoimode1);
/* An SPI: edge or level, priority, to the CPU with this Aff0; enabled. */
void irq_setup_spi(u32 intid, bool edge, u8 priority, u64 cpu);
/* To group 0, or back to group 1. */
void irq_set_group(u32 intid, bool group0);
/* A PPI or SGI of this CPU. */
void irq_setup_private(u32 intid, u8 priority);
/* GICD_ISPENDR. */
void irq_pend(u32 intid);
void irq_send_sgi(u32 intid, u64 cpu);

/* IRQ and FIQ. */
static inline void irq_unmask(void)
{
	asm volatile("msr daifclr, #3; isb" ::: "memory");
}

static inline void irq_mask(void)
{
	asm volatile("msr daifset, #3; isb" ::: "memory");
}

static inline void wfi(void)
{
	asm volatile("dsb sy; wfi" ::: "memory");
}

/* Whatever may interrupt does it here: it need not come at the first instruction. */
void irq_let_in(void);
/* Wait, with interrupts unmasked, until this CPU has taken @count of them. */
void irq_wait_count(u64 count);
/* The same asleep, as an idle loop does it: no interrupt between look and WFI. */
void irq_sleep_until(u64 count);
/*
 * Wait for another CPU to make *@var at least @value, giving the host's CPU away
 * meanwhile: the monitor makes the store the event that ends WFE.
 */
void wait_for_at_least(const u64 *var, u64 value);

#endif
