// SPDX-License-Identifier: GPL-2.0
/* Starts every CPU that PSCI knows of, and has all of them count together. */
#include "console.h"
#include "smccc.h"

#define ROUNDS		10000

static u64 online, total;

static void add(u64 *counter, u64 n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_SEQ_CST);
}

static u64 secondary(u64 arg)
{
	unsigned int i;

	(void)arg;
	add(&online, 1);
	for (i = 0; i < ROUNDS; i++)
		add(&total, 1);
	hvc(PSCI_CPU_OFF, 0, 0, 0);
	return 0;
}

u64 main(void)
{
	unsigned int cpu, started = 0;

	for (cpu = 1; cpu < MAX_GUEST_CPUS; cpu++) {
		if (guest_cpu_on(cpu, cpu, secondary, 0) != PSCI_SUCCESS)
			break;
		started++;
	}
	put_string("started ");
	put_number(started);
	put_string(" more CPUs\n");
	while (READ_ONCE(total) != (u64)started * ROUNDS)
		cpu_relax();
	GUEST_ASSERT_EQ(READ_ONCE(online), started);
	put_string("they counted to ");
	put_number(total);
	put_string("\n");
	return 0;
}
