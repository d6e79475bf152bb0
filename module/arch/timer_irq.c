// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's interrupt of the virtual timer, a PPI of each CPU.
 *
 * All it has to do is to take the CPU out of the guest, and to stay active at
 * the machine's GIC until the guest deactivates it, through the list register
 * that carries its number. Where the host has KVM, KVM has requested it, and
 * its handler does just that when no vCPU of its own is loaded. Elsewhere we
 * request it ourselves.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "cpu.h"
#include "hwirq.h"

static bool requested;
static u32 host_intid;

static void disable_here(void *unused)
{
	disable_percpu_irq(avcpu_hw.vtimer_irq);
}

/* This CPU goes offline: what we have enabled on it, we disable. */
void avcpu_timer_irq_cpu_down(void)
{
	if (requested)
		disable_percpu_irq(avcpu_hw.vtimer_irq);
}

/* The number that the machine's GIC knows it by. */
u32 avcpu_timer_host_intid(void)
{
	return host_intid;
}

/**
 * avcpu_timer_irq_init() - see to it that somebody handles the interrupt
 *
 * Return: 0, also where KVM holds it already.
 */
int avcpu_timer_irq_init(void)
{
	int irq = avcpu_hw.vtimer_irq;
	int ret;

	if (!irq)
		return 0;
	host_intid = irqd_to_hwirq(irq_get_irq_data(irq));
	if (irq_has_action(irq))
		return 0;
	ret = avcpu_hwirq_request(irq, "avcpu vtimer");
	if (ret)
		return ret;
	requested = true;
	/*
	 * EOI then drops the priority only: the interrupt stays active. All that
	 * the GIC's driver asks of the pointer is that it is one.
	 */
	return irq_set_vcpu_affinity(irq, &requested);
}

void avcpu_timer_irq_exit(void)
{
	int irq = avcpu_hw.vtimer_irq;

	if (!requested)
		return;
	on_each_cpu(disable_here, NULL, 1);
	irq_set_vcpu_affinity(irq, NULL);
	avcpu_hwirq_free(irq);
	requested = false;
}

/**
 * avcpu_timer_irq_take() - it is what took the guest out: no need to trouble the host
 * @intid: what ICC_HPPIR1_EL1 says
 *
 * An interrupt that is active already is not signalled (IHI 0069, 4.1.2), so this
 * does what the host would by acknowledging it and dropping its priority.
 *
 * Context: IRQs off, the timer's condition is met.
 * Return: false if the host has an interrupt to take.
 */
bool avcpu_timer_irq_take(u32 intid)
{
	if (intid != host_intid)
		return false;
	return !irq_set_irqchip_state(avcpu_hw.vtimer_irq, IRQCHIP_STATE_ACTIVE, true);
}

/**
 * avcpu_timer_irq_load() - the interrupt's state on this CPU, for a vCPU
 * @active: it is pending or active in the guest; preemption is off
 * @known: that is how it is
 *
 * KVM switches it off on every CPU as its last VM goes, without asking us: look
 * at each load. It may stay on when we leave, since it has a handler.
 */
void avcpu_timer_irq_load(bool active, bool known)
{
	int irq = avcpu_hw.vtimer_irq;

	if (!irq)
		return;
	if (!irq_percpu_is_enabled(irq))
		enable_percpu_irq(irq, IRQ_TYPE_NONE);
	if (!known)
		irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, active);
}
