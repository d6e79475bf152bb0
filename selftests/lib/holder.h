/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM at work in a thread of its own: the guest holds a pattern in its registers
 * and memory (guest_hold_state) and fails if another's shows up.
 */
#ifndef SELFTESTS_HOLDER_H
#define SELFTESTS_HOLDER_H

#include "vm.h"

struct holder {
	struct vm *vm;
	struct vcpu *vcpu;
	u64 seed;
	u64 exit_every;		/* rounds from exit to exit to user space; 0: never */
	int cpu;		/* to run on; -1: anywhere */
	pthread_t thread;
};

/* A VM of @device, not yet running. */
struct holder holder_create(const char *device, u64 seed);
void holder_start(struct holder *holder);
/* Wait until the guest has gone @n rounds more. */
void holder_wait(const struct holder *holder, u64 n);
/* End the guest and the thread. */
void holder_stop(struct holder *holder);

#endif
