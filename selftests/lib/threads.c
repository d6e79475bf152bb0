// SPDX-License-Identifier: GPL-2.0
/* Threads, CPUs and time. See vm.h. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <time.h>

#include "vm.h"

pthread_t thread_start(void *(*fn)(void *arg), void *arg)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, fn, arg);

	if (err)
		FAIL("pthread_create: %s", strerror(err));
	return thread;
}

void *thread_join(pthread_t thread)
{
	void *ret;
	int err = pthread_join(thread, &ret);

	if (err)
		FAIL("pthread_join: %s", strerror(err));
	return ret;
}

static void *run_thread(void *vcpu)
{
	return (void *)(long)vcpu_run(vcpu);
}

pthread_t vcpu_run_async(struct vcpu *vcpu)
{
	return thread_start(run_thread, vcpu);
}

int vcpu_run_wait(pthread_t thread)
{
	return (long)thread_join(thread);
}

void pin_to_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ASSERT_OK(sched_setaffinity(0, sizeof(set), &set));
}

unsigned int nr_cpus_online(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

static void kick_handler(int sig)
{
	(void)sig;
}

void kick_setup(void)
{
	const struct sigaction action = { .sa_handler = kick_handler };

	ASSERT_OK(sigaction(SIGUSR1, &action, NULL));
}

void kick_thread(pthread_t thread)
{
	ASSERT(!pthread_kill(thread, SIGUSR1));
}

void *kick_and_join(pthread_t thread)
{
	void *ret;

	while (pthread_tryjoin_np(thread, &ret)) {
		kick_thread(thread);
		sleep_ms(1);
	}
	return ret;
}

int vcpu_interrupt(pthread_t thread)
{
	return (long)kick_and_join(thread);
}

u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

u64 counter_now(void)
{
	u64 count;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(count) :: "memory");
	return count;
}

u64 counter_freq(void)
{
	u64 freq;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(freq));
	return freq;
}

u64 counter_ticks(u64 us)
{
	return counter_freq() * us / 1000000;
}

void sleep_ms(unsigned int ms)
{
	const struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&ts, NULL);
}
