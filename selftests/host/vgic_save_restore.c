// SPDX-License-Identifier: GPL-2.0
/*
 * A whole VM moves while its vCPUs are in interrupt handlers: one in three nested
 * ones, with something of each kind pending, the other in one. In the new VM every
 * interrupt comes that has not come in the old, once.
 */
#include "gic.h"
#include "irq_abi.h"
#include "its.h"
#include "save_abi.h"
#include "vm_copy.h"

#define NR_VCPUS	2
#define OTHER_DEVICE	(strcmp(options.device, "/dev/kvm") ? "/dev/kvm" : "/dev/avcpu")

_Static_assert(SAVE_LPI == LPI, "its_mapped() maps it");

struct travel {
	const char *name;
	unsigned int hops;	/* at each stop */
	bool low;		/* the line of the level-triggered SPI falls on the way */
	bool abroad;		/* to the other device, and from there back */
};

static const struct travel travels[] = {
	{ "not at all, line high" },
	{ "not at all, line low", .low = true },
	{ "once, line high", 1 },
	{ "once, line low", 1, .low = true },
	{ "three times, line high", 3 },
	{ "three times, line low", 3, .low = true },
	{ "to the other device and back", 2, .abroad = true },
	{ "to the other device and on there", 1, .abroad = true },
};

static void save_tables(const struct its *its)
{
	save_pending(its);
	ASSERT_OK(ctrl(its, SAVE));
}

/*
 * Memory first, which has the tables of LPIs and ITS that the registers make it
 * read. Another device may have ID and firmware registers of other values.
 */
static struct its *move(const struct its *from, const char *device, bool other)
{
	struct its *to = its_new_on(device, NR_VCPUS);
	const struct its_state state = its_get_state(from);
	unsigned int i, left = 0;

	for (i = 0; i < NR_VCPUS; i++)
		vcpu_complete_exit(&from->vm->vcpus[i]);
	save_tables(from);
	vm_copy_memory(from->vm, to->vm);
	for (i = 0; i < NR_VCPUS; i++)
		left += vcpu_copy(&from->vm->vcpus[i], &to->vm->vcpus[i]);
	if (other)
		test_note("%u registers are otherwise on %s", left, device);
	else
		ASSERT_EQ(left, 0);
	gic_copy(from->gic, to->gic, NR_VCPUS);
	ASSERT_OK(its_set_state(to, &state));
	return to;
}

static struct its *travel(struct its *its, const struct travel *row)
{
	static bool is_abroad;
	unsigned int i;

	for (i = 0; i < row->hops; i++) {
		is_abroad = row->abroad && !is_abroad;
		its = move(its, is_abroad ? OTHER_DEVICE : options.device, row->abroad);
	}
	return its;
}

static void check_taken(const struct its *its, unsigned int cpu, const u32 *intids,
			unsigned int nr)
{
	const struct irq_cpu *record = guest_var(its->vm, struct irq_cpu, irq_cpus) + cpu;
	unsigned int i;

	for (i = 0; i < nr; i++)
		ASSERT_EQ(record->taken[i], intids[i]);
	ASSERT_EQ(record->nr_taken, nr);
	ASSERT_EQ(record->nr_ended, nr);
	ASSERT_EQ(record->spurious, 0);
	ASSERT_EQ(gicr_get(its->gic, cpu, GICR_SGI + GICD_ISPENDR), 0);
	ASSERT_EQ(gicr_get(its->gic, cpu, GICR_SGI + GICD_ISACTIVER), 0);
}

/* The same SGI again comes as soon as the first of it has ended. */
static const u32 taken_high[] = {
	SAVE_LEVEL, SAVE_SGI, SAVE_GROUP0, SAVE_SGI, SAVE_LEVEL, SAVE_LPI, SAVE_TIMER,
	SAVE_EDGE, SAVE_LATE_SGI,
};
static const u32 taken_low[] = {
	SAVE_LEVEL, SAVE_SGI, SAVE_GROUP0, SAVE_SGI, SAVE_LPI, SAVE_TIMER, SAVE_EDGE,
	SAVE_LATE_SGI,
};
static const u32 taken_second[] = { SAVE_SGI_ACTIVE, SAVE_SGI_LAST };

/* The vCPU's next stop, which is to be in the handler of @intid; 0: in none. */
static void run_to_stop(const struct its *its, unsigned int cpu, u64 intid)
{
	ASSERT_EQ(vcpu_run_to_sync(&its->vm->vcpus[cpu]).val[0], intid);
}

static struct its *start(unsigned int count)
{
	struct its *its = its_mapped(NR_VCPUS);

	vcpu_call(&its->vm->vcpus[0], save_restore_first, count);
	vcpu_call(&its->vm->vcpus[1], save_restore_second);
	run_to_stop(its, 0, 0);
	run_to_stop(its, 1, SAVE_SGI_ACTIVE);
	spi_line(its->vm, SAVE_LEVEL, 1);
	run_to_stop(its, 0, SAVE_GROUP0);
	ASSERT(is_mapped(its, DEV, EVENT));
	return its;
}

TEST_EACH(moved, struct travel, travels)
{
	const unsigned int count = row->low ? ARRAY_SIZE(taken_low) : ARRAY_SIZE(taken_high);
	struct its *its;

	if (row->abroad && access(OTHER_DEVICE, R_OK | W_OK))
		SKIP("no %s here", OTHER_DEVICE);
	its = travel(start(count), row);
	if (row->low) {
		spi_line(its->vm, SAVE_LEVEL, 0);
	} else {
		run_to_stop(its, 0, SAVE_LEVEL);
		its = travel(its, row);
		spi_line(its->vm, SAVE_LEVEL, 0);
	}
	run_to_stop(its, 0, 0);
	its = travel(its, row);
	vcpu_run_to_end(&its->vm->vcpus[0]);
	vcpu_run_to_end(&its->vm->vcpus[1]);

	check_taken(its, 0, row->low ? taken_low : taken_high, count);
	check_taken(its, 1, taken_second, ARRAY_SIZE(taken_second));
	ASSERT_EQ(gicd_get(its->gic, GICD_ISPENDR + 4), 0);
	ASSERT_EQ(gicd_get(its->gic, GICD_ISACTIVER + 4), 0);
	ASSERT(!is_pending(its, 0, LPI));
	/* The ITS translates as before. */
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_pending(its, 0, LPI));
}
