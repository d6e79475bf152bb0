/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All vCPUs of a VM at work, each in a thread that runs its function to the end,
 * while another thread sends them from CPU to CPU and kicks them.
 */
#ifndef SELFTESTS_CROWD_H
#define SELFTESTS_CROWD_H

#include "vm.h"

struct crowd {
	struct vm *vm;
	pthread_t threads[MAX_GUEST_CPUS], disturber;
	unsigned int done;
	bool migrate, kick, stop;
};

/* What each vCPU is to do is set before, by vcpu_call(). */
void crowd_start(struct crowd *crowd, struct vm *vm, bool migrate, bool kick);
/* Wait until all have come to their ends. */
void crowd_join(struct crowd *crowd);

#endif
