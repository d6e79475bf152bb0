// SPDX-License-Identifier: GPL-2.0
/* The guest of host/smp_boot.c: as a kernel brings its CPUs up, and off again. */
#include "irq.h"
#include "smccc.h"
#include "timer_abi.h"

#define TIMER_INTID	27
#define PRIORITY	0x80
#define ROUNDS		3
#define TICKS		10

static u64 nr_cpus, period;
/* SGIs by target and sender, whose number is the INTID; ticks to come. */
static u64 sgis[MAX_GUEST_CPUS][MAX_GUEST_CPUS], left[MAX_GUEST_CPUS];
static u64 arrived;

static void tick(void)
{
	if (--left[cpu_nr()]) {
		write_sysreg(read_sysreg(cntv_cval_el0) + period, cntv_cval_el0);
	} else {
		write_sysreg(0, cntv_ctl_el0);
	}
	isb();
}

static void handle(u32 intid)
{
	if (intid == TIMER_INTID) {
		tick();
	} else {
		GUEST_ASSERT(intid < nr_cpus);
		sgis[cpu_nr()][intid]++;
	}
}

static void set_up(void)
{
	unsigned int i;

	irq_hook = handle;
	irq_setup(false);
	for (i = 0; i < nr_cpus; i++)
		irq_setup_private(i, PRIORITY);
	irq_setup_private(TIMER_INTID, PRIORITY);
}

/* All CPUs are where this one is. */
static void meet(u64 nr_meetings)
{
	__atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
	wait_for_at_least(&arrived, nr_meetings * nr_cpus);
}

static void exchange_sgis(u64 round)
{
	const unsigned int me = cpu_nr();
	unsigned int i;

	for (i = 0; i < nr_cpus; i++)
		irq_send_sgi(me, i);
	irq_sleep_until(round * nr_cpus);
	for (i = 0; i < nr_cpus; i++)
		GUEST_ASSERT_EQ(sgis[me][i], round);
}

static void wait_for_ticks(void)
{
	const unsigned int me = cpu_nr();

	left[me] = TICKS;
	write_sysreg(read_sysreg(cntvct_el0) + period, cntv_cval_el0);
	write_sysreg(TIMER_CTL_ENABLE, cntv_ctl_el0);
	isb();
	irq_sleep_until(ROUNDS * nr_cpus + TICKS);
	GUEST_ASSERT_EQ(left[me], 0);
}

static void work(void)
{
	u64 round;

	GUEST_ASSERT_EQ(read_sysreg(mpidr_el1) & 0xffffff, cpu_nr());
	set_up();
	for (round = 1; round <= ROUNDS; round++) {
		/* Nobody sends a second SGI before all have taken the first. */
		meet(round);
		exchange_sgis(round);
	}
	wait_for_ticks();
	meet(ROUNDS + 1);
}

static u64 secondary(u64 arg)
{
	GUEST_ASSERT_EQ(arg, cpu_nr());
	work();
	return hvc(PSCI_CPU_OFF, 0, 0, 0);
}

/* The first CPU, the only one that is on at first. */
void smp_boot(u64 nr, u64 ticks)
{
	u64 cpu;

	nr_cpus = nr;
	period = ticks;
	for (cpu = 1; cpu < nr; cpu++)
		GUEST_ASSERT_EQ(guest_cpu_on(cpu, cpu, secondary, cpu), PSCI_SUCCESS);
	work();
	for (cpu = 1; cpu < nr; cpu++)
		while (hvc(PSCI_AFFINITY_INFO64, cpu, 0, 0) != PSCI_OFF)
			cpu_relax();
	hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
