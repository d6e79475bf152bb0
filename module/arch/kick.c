// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks: a CPU is taken out of the guest, for the vCPU to see what was queued for it.
 *
 * Any interrupt does that, and the host's rescheduling interrupt would. An SGI of our
 * own does it for less: the exit that it causes is the whole of its work, so it is
 * acknowledged and ended where the guest has left, and the guest goes on, without the
 * host's way through an interrupt. The host handles it, and does nothing, where it
 * comes when the guest is out already.
 *
 * The kernel has SGIs 0-7 for itself. Firmware may have kept some of 8-15 to the Secure
 * state, drivers may have asked for others: the first is taken that is free and answers.
 * Where none does, rescheduling interrupts it is.
 */
#include <linux/bitfield.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/percpu.h>
#include <asm/barrier.h>
#include <asm/cputype.h>

#include "cpu.h"
#include "hwirq.h"

#define FIRST_INTID	8
#define LAST_INTID	15
/* ICC_HPPIR1_EL1, ICC_IAR1_EL1: from here on no interrupt (IHI 0069, 2.2.1) */
#define SPECIAL_INTID	1020
#define MAX_SPECIAL	1023

#define CTLR_EOIMODE	BIT_ULL(1)	/* ICC_CTLR_EL1 */

static struct {
	unsigned int irq;		/* 0: none */
	u32 intid;
} kick __read_mostly;

/* ICC_SGI1R_EL1 to reach this CPU; 0: it cannot be, or it is offline. */
static DEFINE_PER_CPU(u64, kick_sgi1r);

static u64 sgi1r_to_here(void)
{
	u64 mpidr = read_cpuid_mpidr();
	u32 aff0 = MPIDR_AFFINITY_LEVEL(mpidr, 0);

	return FIELD_PREP(AVCPU_SGI_AFF3, MPIDR_AFFINITY_LEVEL(mpidr, 3)) |
	       FIELD_PREP(AVCPU_SGI_AFF2, MPIDR_AFFINITY_LEVEL(mpidr, 2)) |
	       FIELD_PREP(AVCPU_SGI_AFF1, MPIDR_AFFINITY_LEVEL(mpidr, 1)) |
	       FIELD_PREP(AVCPU_SGI_RS, aff0 / 16) |
	       FIELD_PREP(AVCPU_SGI_TARGETS, BIT(aff0 % 16)) |
	       FIELD_PREP(AVCPU_SGI_INTID, kick.intid);
}

/*
 * Registers of an SGI that is the Secure state's are RAZ/WI to us (IHI 0069, 12.11).
 * It is not enabled yet; preemption is off, or the thread bound to its CPU.
 */
static bool answers_here(unsigned int irq)
{
	bool pending = false;

	irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
	if (irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending))
		return false;
	irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false);
	return pending;
}

/* This CPU may be kicked from now on; its own thread. */
void avcpu_kick_cpu_up(void)
{
	if (!kick.irq || !answers_here(kick.irq))
		return;
	enable_percpu_irq(kick.irq, IRQ_TYPE_NONE);
	this_cpu_write(kick_sgi1r, sgi1r_to_here());
}

/* It goes offline, or the module goes. A kick under way stays pending, for nobody. */
void avcpu_kick_cpu_down(void)
{
	if (!this_cpu_read(kick_sgi1r))
		return;
	this_cpu_write(kick_sgi1r, 0);
	disable_percpu_irq(kick.irq);
}

static bool may_take(unsigned int irq)
{
	bool ret;

	if (irq_has_action(irq))
		return false;
	preempt_disable();
	ret = answers_here(irq);
	preempt_enable();
	return ret && !avcpu_hwirq_request(irq, "avcpu kick");
}

/**
 * avcpu_kick_init() - find an SGI for kicks, before any CPU is told
 *
 * The GIC's driver maps an SGI that is named by a single cell. Its EOImode must be 1,
 * as it is where the kernel runs at EL2: give_back() relies on that. Mappings stay, for
 * the next time: a per-CPU interrupt's is not freed whole by the kernel.
 */
void avcpu_kick_init(void)
{
	struct irq_fwspec fwspec = { .param_count = 1 };
	unsigned int irq;
	u32 intid;

	if (!avcpu_hw.vtimer_irq || !avcpu_hw.vgic_v3 ||
	    !(read_sysreg_s(SYS_ICC_CTLR_EL1) & CTLR_EOIMODE))
		return;
	fwspec.fwnode = irq_get_irq_data(avcpu_hw.vtimer_irq)->domain->fwnode;
	for (intid = LAST_INTID; intid >= FIRST_INTID; intid--) {
		fwspec.param[0] = intid;
		irq = irq_create_fwspec_mapping(&fwspec);
		if (!irq || !may_take(irq))
			continue;
		kick.irq = irq;
		kick.intid = intid;
		return;
	}
}

/* No vCPU is left; avcpu_kick_cpu_down() has run everywhere. */
void avcpu_kick_exit(void)
{
	if (!kick.irq)
		return;
	avcpu_hwirq_free(kick.irq);
	kick.irq = 0;
}

/**
 * avcpu_arch_kick() - take a CPU out of the guest
 * @cpu: the CPU, or -1: the vCPU has left it meanwhile
 *
 * What the vCPU shall see is written before. Context: any.
 * Return: false if it takes another interrupt to do that.
 */
bool avcpu_arch_kick(int cpu)
{
	u64 sgi1r;

	/* This CPU is here, not in the guest. */
	if (cpu < 0 || cpu == raw_smp_processor_id())
		return true;
	sgi1r = per_cpu(kick_sgi1r, cpu);
	if (!sgi1r)
		return false;
	/* Else the interrupt might be seen before what it tells of (IHI 0069, 12.1). */
	dsb(ishst);
	write_sysreg_s(sgi1r, SYS_ICC_SGI1R_EL1);
	isb();
	return true;
}

static void drop_priority(u32 intid)
{
	write_sysreg_s(intid, SYS_ICC_EOIR1_EL1);
	isb();
}

/*
 * Another of the same priority came between the look and the acknowledge, and is the
 * host's: as if it had not been acknowledged. A level asks again of itself; written to
 * be pending, it would stay so when its device is content. Not inline: hardly ever.
 */
static noinline void give_back(u32 intid)
{
	unsigned int irq;

	if (intid >= SPECIAL_INTID && intid <= MAX_SPECIAL)
		return;
	drop_priority(intid);
	irq = irq_find_mapping(irq_get_irq_data(kick.irq)->domain, intid);
	if (!irq)
		return;
	if (!irqd_is_level_type(irq_get_irq_data(irq)))
		irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
	irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, false);
}

/**
 * avcpu_kick_take() - was it a kick that took the guest out? Then it is over
 * @intid: what ICC_HPPIR1_EL1 says
 *
 * What was written before the kick is seen after it: the interrupt is acknowledged
 * before anything else is read, so one that comes later takes the guest out again.
 *
 * Context: IRQs off, after an exit for an interrupt.
 */
bool avcpu_kick_take(u32 intid)
{
	if (!kick.irq || intid != kick.intid)
		return false;
	intid = read_sysreg_s(SYS_ICC_IAR1_EL1);
	/* The acknowledge is complete, and a later kick another one (IHI 0069, 12.1). */
	dsb(sy);
	if (unlikely(intid != kick.intid)) {
		give_back(intid);
		return false;
	}
	drop_priority(intid);
	write_sysreg_s(intid, SYS_ICC_DIR_EL1);
	return true;
}
