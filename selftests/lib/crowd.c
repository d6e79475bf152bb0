// SPDX-License-Identifier: GPL-2.0
/* See crowd.h. */
#define _GNU_SOURCE
#include <sched.h>

#include "crowd.h"

struct member {
	struct crowd *crowd;
	struct vcpu *vcpu;
};

static void *run_member(void *arg)
{
	struct member *member = arg;

	vcpu_run_to_end(member->vcpu);
	__atomic_fetch_add(&member->crowd->done, 1, __ATOMIC_RELEASE);
	free(member);
	return NULL;
}

static void move_to(pthread_t thread, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % nr_cpus_online(), &set);
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

/* A thread that has ended may be disturbed for as long as it is not joined. */
static void *disturb(void *arg)
{
	struct crowd *crowd = arg;
	unsigned int i, n;

	for (i = 0; !READ_ONCE(crowd->stop); i++) {
		for (n = 0; n < crowd->vm->nr_vcpus; n++) {
			if (crowd->migrate)
				move_to(crowd->threads[n], i + n);
			if (crowd->kick)
				kick_thread(crowd->threads[n]);
		}
		sleep_ms(1);
	}
	return NULL;
}

void crowd_start(struct crowd *crowd, struct vm *vm, bool migrate, bool kick)
{
	unsigned int i;

	*crowd = (struct crowd){ .vm = vm, .migrate = migrate, .kick = kick };
	kick_setup();
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct member *member = malloc(sizeof(*member));

		ASSERT(member);
		*member = (struct member){ crowd, &vm->vcpus[i] };
		crowd->threads[i] = thread_start(run_member, member);
	}
	if (migrate || kick)
		crowd->disturber = thread_start(disturb, crowd);
}

void crowd_join(struct crowd *crowd)
{
	unsigned int i;

	while (__atomic_load_n(&crowd->done, __ATOMIC_ACQUIRE) < crowd->vm->nr_vcpus)
		sleep_ms(1);
	WRITE_ONCE(crowd->stop, true);
	if (crowd->migrate || crowd->kick)
		thread_join(crowd->disturber);
	for (i = 0; i < crowd->vm->nr_vcpus; i++)
		thread_join(crowd->threads[i]);
}
