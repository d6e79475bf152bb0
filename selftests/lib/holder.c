// SPDX-License-Identifier: GPL-2.0
/* See holder.h. */
#include "holder.h"

#define HELD_MEMORY	(GUEST_RAM_BASE + 8 * SZ_1M)
#define HELD_PAGES	16

struct holder holder_create(const char *device, u64 seed)
{
	struct holder holder = {
		.vm = vm_create_guest_on(device, 1),
		.seed = seed,
		.cpu = -1,
	};

	return holder;
}

static void *holder_thread(void *arg)
{
	struct holder *holder = arg;
	struct report report;

	if (holder->cpu >= 0)
		pin_to_cpu(holder->cpu);
	vcpu_call(holder->vcpu, guest_hold_state, holder->seed, HELD_MEMORY,
		  HELD_PAGES, holder->exit_every);
	while (vcpu_run_to_report(holder->vcpu, &report) == REPORT_SYNC)
		;
	return NULL;
}

void holder_start(struct holder *holder)
{
	holder->vcpu = &holder->vm->vcpus[0];
	holder->thread = thread_start(holder_thread, holder);
	holder_wait(holder, 1);
}

void holder_wait(const struct holder *holder, u64 n)
{
	volatile u64 *rounds = guest_var(holder->vm, u64, rounds);
	const u64 target = *rounds + n;

	/* The guest's own failure ends the process; a standstill, the time limit. */
	while (*rounds < target)
		sleep_ms(1);
}

void holder_stop(struct holder *holder)
{
	*guest_var(holder->vm, volatile u64, stop) = 1;
	thread_join(holder->thread);
}
