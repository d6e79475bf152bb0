// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt handlers that are interrupted: who preempts whom by priority, group,
 * binary point and mask, and which priorities are active meanwhile (IHI 0069, 4.8).
 */
#include "gic.h"
#include "handlers_abi.h"
#include "irq_abi.h"

#define NR_IRQS		64

enum { A = 1 << 0, B = 1 << 1, C = 1 << 2, D = 1 << 3, E = 1 << 4 };

/* The order is of the SPIs' letters; the running priority is as each was taken. */
struct plan {
	const char *name;
	struct handlers handlers;
	const char *taken, *ended;
	u8 running[IRQ_LOG];
	u8 bpr1;	/* what ICC_BPR1_EL1 reads; 0: any value */
};

static const struct plan plans[] = {
	{
		"a higher priority preempts",
		{ { { .priority = 0xa0, .pends = B }, { .priority = 0x80, .pends = C },
		    { .priority = 0x60 } } },
		"ABC", "CBA", { 0xa0, 0x80, 0x60 },
	}, {
		"the same priority waits",
		{ { { .priority = 0xa0, .pends = B }, { .priority = 0xa0 } } },
		"AB", "AB", { 0xa0, 0xa0 },
	}, {
		"a lower priority waits",
		{ { { .priority = 0x80, .pends = B }, { .priority = 0xa0 } } },
		"AB", "AB", { 0x80, 0xa0 },
	}, {
		"the next level preempts",
		{ { { .priority = 0x80, .pends = B }, { .priority = 0x78 } } },
		"AB", "BA", { 0x80, 0x78 },
	}, {
		"the highest first",
		{ { { .priority = 0xc0, .pends = B | C | D }, { .priority = 0x80 },
		    { .priority = 0x40 }, { .priority = 0xa0 } } },
		"ACBD", "CBDA", { 0xc0, 0x40, 0x80, 0xa0 },
	}, {
		"a masked handler is not preempted",
		{ { { .priority = 0xc0, .pends = B | C, .masked = true },
		    { .priority = 0x80 }, { .priority = 0x40 } } },
		"ACB", "ACB", { 0xc0, 0x40, 0x80 },
	}, {
		"the priority mask in a handler",
		{ { { .priority = 0xc0, .pends = B | C, .pmr = 0x60 },
		    { .priority = 0x60 }, { .priority = 0x58 } } },
		"ACB", "CAB", { 0xc0, 0x58, 0x60 },
	}, {
		"BPR1 splits: subpriorities do not preempt",
		{ { { .priority = 0x98, .pends = B | C | D }, { .priority = 0x90 },
		    { .priority = 0x80 }, { .priority = 0x78 } }, .bpr1 = 5 },
		"ADCB", "DACB", { 0x80, 0x60, 0x80, 0x80 }, 5,
	}, {
		"BPR1 of 7 leaves two groups",
		{ { { .priority = 0xf0, .pends = B | C }, { .priority = 0x80 },
		    { .priority = 0x78, .pends = D }, { .priority = 0x00 } }, .bpr1 = 7 },
		"ACDB", "CDAB", { 0x80, 0x00, 0x00, 0x80 }, 7,
	}, {
		"BPR0 splits group 0",
		{ { { .priority = 0x98, .group0 = true, .pends = B | C },
		    { .priority = 0x80, .group0 = true },
		    { .priority = 0x78, .group0 = true } }, .bpr0 = 4 },
		"ACB", "CAB", { 0x80, 0x60, 0x80 },
	}, {
		"BPR0 of 7: no preemption in group 0",
		{ { { .priority = 0xc0, .group0 = true, .pends = B },
		    { .priority = 0x00, .group0 = true } }, .bpr0 = 7 },
		"AB", "AB", { 0x00, 0x00 },
	}, {
		"BPR0 is not group 1's",
		{ { { .priority = 0x98, .pends = B }, { .priority = 0x90 } }, .bpr0 = 7 },
		"AB", "BA", { 0x98, 0x90 },
	}, {
		"BPR1 is not group 0's",
		{ { { .priority = 0x98, .group0 = true, .pends = B },
		    { .priority = 0x90, .group0 = true } }, .bpr1 = 7 },
		"AB", "BA", { 0x98, 0x90 }, 7,
	}, {
		"CBPR: BPR0 is group 1's too",
		{ { { .priority = 0x98, .pends = B | C }, { .priority = 0x80 },
		    { .priority = 0x78 } }, .bpr0 = 4, .bpr1 = 7, .cbpr = true },
		"ACB", "CAB", { 0x80, 0x60, 0x80 }, 5,
	}, {
		"group 0 preempts group 1",
		{ { { .priority = 0x80, .pends = B },
		    { .priority = 0x40, .group0 = true } } },
		"AB", "BA", { 0x80, 0x40 },
	}, {
		"group 1 preempts group 0",
		{ { { .priority = 0x80, .group0 = true, .pends = B },
		    { .priority = 0x40 } } },
		"AB", "BA", { 0x80, 0x40 },
	}, {
		"groups in turn",
		{ { { .priority = 0xc0, .pends = B }, { .priority = 0xa0, .group0 = true, .pends = C },
		    { .priority = 0x80, .pends = D }, { .priority = 0x60, .group0 = true } } },
		"ABCD", "DCBA", { 0xc0, 0xa0, 0x80, 0x60 },
	}, {
		"priority dropped, the same and lower ones come",
		{ { { .priority = 0x40, .drop_pends = A | B | C }, { .priority = 0x80 },
		    { .priority = 0x40 } }, .eoimode1 = true },
		"ACBA", "ACBA", { 0x40, 0x40, 0x80, 0x40 },
	}, {
		"priority dropped in each",
		{ { { .priority = 0x40, .drop_pends = B }, { .priority = 0x60, .drop_pends = C },
		    { .priority = 0x80, .drop_pends = D }, { .priority = 0xa0 } },
		  .eoimode1 = true },
		"ABCD", "ABCD", { 0x40, 0x60, 0x80, 0xa0 },
	}, {
		"nested before and after the drop",
		{ { { .priority = 0x80, .pends = B | D, .drop_pends = C }, { .priority = 0x40 },
		    { .priority = 0xc0 }, { .priority = 0xa0 } }, .eoimode1 = true },
		"ABDC", "BADC", { 0x80, 0x40, 0xa0, 0xc0 },
	},
};

static struct gic_vm start(const struct plan *plan, bool exits)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct handlers *handlers = guest_var(gic.vm, struct handlers, handlers);

	*handlers = plan->handlers;
	handlers->exits = exits;
	vcpu_call(&gic.vm->vcpus[0], run_handlers, strlen(plan->taken));
	return gic;
}

static void check_order(const u32 *intids, const char *letters)
{
	unsigned int i;

	for (i = 0; letters[i]; i++)
		ASSERT_EQ(intids[i] - HANDLERS_SPI + 'A', letters[i]);
}

static const struct irq_cpu *record(struct gic_vm gic)
{
	return guest_var(gic.vm, struct irq_cpu, irq_cpus);
}

static void check(struct gic_vm gic, const struct plan *plan, u64 bpr1)
{
	const struct irq_cpu *cpu = record(gic);
	unsigned int i;

	ASSERT_EQ(cpu->nr_taken, strlen(plan->taken));
	ASSERT_EQ(cpu->nr_ended, strlen(plan->ended));
	check_order(cpu->taken, plan->taken);
	check_order(cpu->ended, plan->ended);
	for (i = 0; i < cpu->nr_taken; i++)
		ASSERT_EQ(cpu->priority[i], plan->running[i]);
	ASSERT_EQ(cpu->spurious, 0);
	if (plan->bpr1)
		ASSERT_EQ(bpr1, plan->bpr1);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISACTIVER + 4), 0);
}

TEST_EACH(handlers, struct plan, plans)
{
	struct gic_vm gic = start(row, false);

	check(gic, row, vcpu_run_to_end(&gic.vm->vcpus[0]));
}

/* The active priorities of those that were taken and have not ended, by group. */
static void active_priorities(struct gic_vm gic, const struct plan *plan, u32 apr[2])
{
	const struct irq_cpu *cpu = record(gic);
	unsigned int i, n;

	apr[0] = 0;
	apr[1] = 0;
	for (i = 0; i < cpu->nr_taken; i++) {
		const u32 intid = cpu->taken[i];

		for (n = 0; n < cpu->nr_ended && cpu->ended[n] != intid; n++)
			;
		if (n == cpu->nr_ended)
			apr[!plan->handlers.spis[intid - HANDLERS_SPI].group0] |=
				BIT(cpu->priority[i] >> 3);
	}
}

/*
 * The same with an exit in each handler, after which the vCPU goes on elsewhere,
 * with active priorities that user space took away and brought back.
 */
TEST_EACH(handlers_that_exit, struct plan, plans)
{
	struct gic_vm gic = start(row, true);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	struct report report;
	unsigned int i = 0;
	u32 apr[2];

	if ((icc_get(gic.fd, 0, ICC_CTLR_REG) >> 8 & 7) != 4)
		SKIP("the CPU interface has not 5 bits of priority");
	while (vcpu_run_to_report(vcpu, &report) == REPORT_SYNC) {
		active_priorities(gic, row, apr);
		ASSERT_EQ(icc_get(gic.fd, 0, ICC_AP0R_REG(0)), apr[0]);
		ASSERT_EQ(icc_get(gic.fd, 0, ICC_AP1R_REG(0)), apr[1]);
		icc_set(gic.fd, 0, ICC_AP0R_REG(0), 0);
		icc_set(gic.fd, 0, ICC_AP1R_REG(0), 0);
		pin_to_cpu(++i % nr_cpus_online());
		icc_set(gic.fd, 0, ICC_AP0R_REG(0), apr[0]);
		icc_set(gic.fd, 0, ICC_AP1R_REG(0), apr[1]);
	}
	check(gic, row, report.val[0]);
}

/* Deactivation by ICC_DIR_EL1 is in no order (IHI 0069, 4.7.1). */

#define NR_ACTIVE	4	/* as many as the fewest list registers */

struct order {
	const char *name;
	u8 dir[NR_ACTIVE];
};

static const struct order orders[] = {
	{ "last first", { 3, 2, 1, 0 } },
	{ "from the middle", { 1, 2, 0, 3 } },
	{ "outside in", { 0, 3, 1, 2 } },
};

static u32 active(struct gic_vm gic)
{
	return gicd_get(gic.fd, GICD_ISACTIVER + 4) >> (HANDLERS_SPI - 32);
}

TEST_EACH(deactivated, struct order, orders)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	u32 mask = BIT(NR_ACTIVE) - 1;
	unsigned int i;

	vcpu_eval(vcpu, gic_cpu_setup, 1, 0xff);
	for (i = 0; i < NR_ACTIVE; i++) {
		spi_setup(vcpu, HANDLERS_SPI + i, true, 0x80);
		spi_pulse(gic.vm, HANDLERS_SPI + i);
	}
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_many, 10), NR_ACTIVE);
	ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0xff);
	for (i = 0; i < NR_ACTIVE; i++) {
		const u32 intid = HANDLERS_SPI + row->dir[i];

		/* Pending again, each waits for its own deactivation only. */
		spi_pulse(gic.vm, intid);
		ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);
		vcpu_eval(vcpu, gic_deactivate, intid);
		mask &= ~BIT(row->dir[i]);
		ASSERT_EQ(active(gic), mask);
		ASSERT_EQ(vcpu_eval(vcpu, gic_ack), intid);
		vcpu_eval(vcpu, gic_eoi, intid);
		vcpu_eval(vcpu, gic_deactivate, intid);
		ASSERT_EQ(active(gic), mask);
	}
}

/* An SPI may be deactivated by any PE (IHI 0069, 12.2.6): its handler moved on. */
TEST(dropped_by_one_and_deactivated_by_another)
{
	struct gic_vm gic = gic_vm_create(2, NR_IRQS);
	struct vcpu *vcpus = gic.vm->vcpus;
	unsigned int i;

	if (kvm_before(6, 19))
		SKIP("KVM does not look at other vCPUs' list registers");
	for (i = 0; i < 2; i++)
		vcpu_eval(&vcpus[i], gic_cpu_setup, 1, 0xff);
	spi_setup(&vcpus[0], HANDLERS_SPI, true, 0x80);
	for (i = 0; i < 4; i++) {
		spi_pulse(gic.vm, HANDLERS_SPI);
		ASSERT_EQ(vcpu_eval(&vcpus[0], gic_ack), HANDLERS_SPI);
		vcpu_eval(&vcpus[0], gic_eoi, HANDLERS_SPI);
		spi_pulse(gic.vm, HANDLERS_SPI);
		ASSERT_EQ(vcpu_eval(&vcpus[0], gic_ack), SPURIOUS_INTID);
		ASSERT_EQ(active(gic), 1);
		vcpu_eval(&vcpus[1], gic_deactivate, HANDLERS_SPI);
		ASSERT_EQ(active(gic), 0);
		ASSERT_EQ(vcpu_eval(&vcpus[0], gic_ack), HANDLERS_SPI);
		vcpu_eval(&vcpus[0], gic_eoi, HANDLERS_SPI);
		vcpu_eval(&vcpus[1], gic_deactivate, HANDLERS_SPI);
		ASSERT_EQ(vcpu_eval(&vcpus[0], gic_ack), SPURIOUS_INTID);
	}
}
