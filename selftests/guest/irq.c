// SPDX-License-Identifier: GPL-2.0
/* A guest's interrupt handler. See irq.h. */
#include "irq.h"

extern void (*guest_irq_handler)(u64 vector);
extern struct cpu cpus[MAX_GUEST_CPUS];

struct irq_cpu irq_cpus[MAX_GUEST_CPUS];
void (*irq_hook)(u32 intid);
void (*irq_dropped_hook)(u32 intid);
static bool eoimode;

unsigned int cpu_nr(void)
{
	return this_cpu() - cpus;
}

struct irq_cpu *this_irq_cpu(void)
{
	return &irq_cpus[cpu_nr()];
}

static void log_taken(struct irq_cpu *cpu, u32 intid)
{
	if (cpu->nr_taken < IRQ_LOG) {
		cpu->taken[cpu->nr_taken] = intid;
		cpu->priority[cpu->nr_taken] = read_icc(ICC_RPR_EL1);
	}
	cpu->nr_taken++;
	cpu->depth++;
	if (cpu->depth > cpu->max_depth)
		cpu->max_depth = cpu->depth;
}

static void log_ended(struct irq_cpu *cpu, u32 intid)
{
	if (cpu->nr_ended < IRQ_LOG)
		cpu->ended[cpu->nr_ended] = intid;
	cpu->nr_ended++;
	cpu->depth--;
}

static void end(bool group0, u32 intid)
{
	if (group0)
		write_icc(intid, ICC_EOIR0_EL1);
	else
		write_icc(intid, ICC_EOIR1_EL1);
	if (!eoimode)
		return;
	if (irq_dropped_hook)
		irq_dropped_hook(intid);
	write_icc(intid, ICC_DIR_EL1);
}

static void handle(u64 vector)
{
	const bool group0 = vector == VECTOR_FIQ;
	struct irq_cpu *cpu = this_irq_cpu();
	u32 intid;

	intid = group0 ? read_icc(ICC_IAR0_EL1) : read_icc(ICC_IAR1_EL1);
	dsb();
	if (intid == SPURIOUS_INTID) {
		WRITE_ONCE(cpu->spurious, cpu->spurious + 1);
		return;
	}
	log_taken(cpu, intid);
	if (irq_hook)
		irq_hook(intid);
	irq_mask();
	log_ended(cpu, intid);
	end(group0, intid);
	__atomic_store_n(&cpu->count, cpu->count + 1, __ATOMIC_RELEASE);
}

void irq_setup(bool eoimode1)
{
	eoimode = eoimode1;
	guest_irq_handler = handle;
	write_icc(0xff, ICC_PMR_EL1);
	write_icc(0, ICC_BPR1_EL1);
	write_icc(eoimode1 ? ICC_CTLR_EOIMODE : 0, ICC_CTLR_EL1);
	write_icc(1, ICC_IGRPEN1_EL1);
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_GRP1);
}

void irq_setup_spi(u32 intid, bool edge, u8 priority, u64 cpu)
{
	const u64 config = GICD_BASE + GICD_ICFGR + intid / 16 * 4;
	const u32 bit = 2U << intid % 16 * 2;

	mmio_write32(config, (mmio_read32(config) & ~bit) | (edge ? bit : 0));
	mmio_write8(GICD_BASE + GICD_IPRIORITYR + intid, priority);
	mmio_write64(GICD_BASE + GICD_IROUTER + 8 * intid, cpu);
	mmio_write32(GICD_BASE + GICD_ISENABLER + intid / 32 * 4, BIT(intid % 32));
}

void irq_set_group(u32 intid, bool group0)
{
	const u64 reg = GICD_BASE + GICD_IGROUPR + intid / 32 * 4;
	const u32 bit = BIT(intid % 32);

	mmio_write32(reg, (mmio_read32(reg) & ~bit) | (group0 ? 0 : bit));
	if (group0)
		write_icc(1, ICC_IGRPEN0_EL1);
}

void irq_setup_private(u32 intid, u8 priority)
{
	const u64 frame = GICR_BASE + cpu_nr() * (u64)GICR_STRIDE + GICR_SGI;

	mmio_write8(frame + GICD_IPRIORITYR + intid, priority);
	mmio_write32(frame + GICD_ISENABLER, BIT(intid));
}

void irq_pend(u32 intid)
{
	mmio_write32(GICD_BASE + GICD_ISPENDR + intid / 32 * 4, BIT(intid % 32));
}

void irq_send_sgi(u32 intid, u64 cpu)
{
	/* What was written before is seen by who takes it. */
	dsb();
	write_icc((u64)intid << 24 | BIT(cpu), ICC_SGI1R_EL1);
}

void irq_let_in(void)
{
	unsigned int i;

	irq_unmask();
	for (i = 0; i < 100; i++)
		isb();
	irq_mask();
}

void irq_wait_count(u64 count)
{
	const struct irq_cpu *cpu = this_irq_cpu();

	irq_unmask();
	while (READ_ONCE(cpu->count) < count)
		cpu_relax();
	irq_mask();
}

void irq_sleep_until(u64 count)
{
	const struct irq_cpu *cpu = this_irq_cpu();

	while (READ_ONCE(cpu->count) < count) {
		wfi();
		irq_unmask();
		irq_mask();
	}
}

void wait_for_at_least(const u64 *var, u64 value)
{
	u64 now;

	asm volatile("	sevl\n"
		     "1:	wfe\n"
		     "	ldaxr	%0, [%1]\n"
		     "	cmp	%0, %2\n"
		     "	b.lo	1b\n"
		     : "=&r"(now) : "r"(var), "r"(value) : "memory", "cc");
}
