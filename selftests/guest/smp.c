// SPDX-License-Identifier: GPL-2.0
/* Guests of host/smp.c. */
#include "guest.h"
#include "smccc.h"

u64 shared_counter, locked_counter, lock;
u64 started;

/* Add by load and store exclusive, which need the monitor of both CPUs. */
static void add_exclusive(u64 *counter)
{
	u64 value;
	u32 failed;

	asm volatile("1:	ldxr	%0, [%2]\n"
		     "	add	%0, %0, #1\n"
		     "	stxr	%w1, %0, [%2]\n"
		     "	cbnz	%w1, 1b\n"
		     : "=&r"(value), "=&r"(failed) : "r"(counter) : "memory");
}

static void take_lock(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static void release_lock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

/* Counts with both kinds of atomic access, and with a lock around a plain one. */
u64 guest_count_together(u64 n)
{
	u64 i;

	for (i = 0; i < n; i++) {
		add_exclusive(&shared_counter);
		__atomic_fetch_add(&shared_counter, 1, __ATOMIC_RELAXED);
		take_lock();
		locked_counter++;
		release_lock();
	}
	return READ_ONCE(shared_counter);
}

/* A message to another CPU and back: what was written before it is seen after it. */
struct mail {
	u64 data[8];
	u64 turn;
} mail;

u64 guest_ping_pong(u64 me, u64 n)
{
	u64 i, j;

	for (i = me; i < 2 * n; i += 2) {
		while (__atomic_load_n(&mail.turn, __ATOMIC_ACQUIRE) != i)
			cpu_relax();
		for (j = 0; j < 8; j++) {
			GUEST_ASSERT_EQ(mail.data[j], i);
			mail.data[j] = i + 1;
		}
		__atomic_store_n(&mail.turn, i + 1, __ATOMIC_RELEASE);
	}
	return n;
}

/* Start all others by PSCI; each adds one and goes off. */
static u64 secondary(u64 arg)
{
	GUEST_ASSERT_EQ(read_sysreg(mpidr_el1) & 0xffffff, arg);
	__atomic_fetch_add(&started, 1, __ATOMIC_RELAXED);
	hvc(PSCI_CPU_OFF, 0, 0, 0);
	return 0;
}

u64 guest_start_others(u64 nr_cpus, u64 times)
{
	u64 cpu, round;

	for (round = 0; round < times; round++) {
		for (cpu = 1; cpu < nr_cpus; cpu++)
			GUEST_ASSERT_EQ(guest_cpu_on(cpu, cpu, secondary, cpu),
					PSCI_SUCCESS);
		for (cpu = 1; cpu < nr_cpus; cpu++)
			while (hvc(PSCI_AFFINITY_INFO64, cpu, 0, 0) != PSCI_OFF)
				cpu_relax();
		GUEST_ASSERT_EQ(READ_ONCE(started), (round + 1) * (nr_cpus - 1));
	}
	return started;
}

/* Two CPUs want to start the same third one: in each round just one of them does. */
struct race {
	u64 round;		/* that both contestants are in */
	u64 arrived;
	u64 won;		/* CPU_ON calls that succeeded */
} race;

u64 guest_race(u64 target, u64 n)
{
	u64 i, entry = (u64)guest_race_target;

	for (i = 0; i < n; i++) {
		u64 ret;

		/* Both together ... */
		__atomic_fetch_add(&race.arrived, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&race.arrived, __ATOMIC_SEQ_CST) < 2 * i + 2)
			cpu_relax();
		ret = hvc(PSCI_CPU_ON64, target, entry, i);
		if (ret == PSCI_SUCCESS)
			__atomic_fetch_add(&race.won, 1, __ATOMIC_SEQ_CST);
		else
			GUEST_ASSERT_EQ(ret, PSCI_ALREADY_ON);
		/* ... and on when the target has been there and is off again. */
		__atomic_fetch_add(&race.round, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&race.round, __ATOMIC_SEQ_CST) < 2 * i + 2)
			cpu_relax();
		while (hvc(PSCI_AFFINITY_INFO64, target, 0, 0) != PSCI_OFF)
			cpu_relax();
	}
	return READ_ONCE(race.won);
}

/* An exit to user space in each round, for ever. */
void guest_exit_forever(u64 addr)
{
	for (;;)
		mmio_write32(addr, 0);
}
