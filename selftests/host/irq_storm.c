// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of every kind at once: SGIs of each vCPU to each, timers, SPIs by irqfd,
 * LPIs by MSI, a level-triggered SPI with resampling; while the vCPUs' threads are
 * moved and kicked. Edges may fall together, but the last number that was raised is
 * one that is seen. It lasts for a time, not for a count: hosts differ.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/wait.h>

#include "crowd.h"
#include "eventfds.h"
#include "gic.h"
#include "its.h"
#include "storm_abi.h"

#define STORM_MS	100
#define SETTLE_NS	20000000000ULL
#define PERIOD_US	1000

_Static_assert(STORM_LPI == LPI, "the tests' LPI");

struct storm {
	struct its *its;
	struct crowd crowd;
	struct storm_channel *channels;
	int edges[STORM_NR_EDGES];
	int level, resample;
	bool stop;
};

struct row {
	const char *name;
	unsigned int nr;
	u64 how;
	bool migrate, kick;
};

static const struct row rows[] = {
	{ "1 vCPU", 1, 0, false, false },
	{ "1 vCPU asleep, migrating", 1, STORM_ASLEEP, true, false },
	{ "1 vCPU, nested, migrating and kicked", 1, STORM_NESTED, true, true },
	{ "2 vCPUs, nested, migrating", 2, STORM_NESTED, true, false },
	{ "2 vCPUs, SPIs disabled and enabled, kicked", 2, STORM_MASK, false, true },
	{ "4 vCPUs, SPIs routed, migrating and kicked", 4, STORM_ROUTE, true, true },
	{ "4 vCPUs asleep, looked at, migrating", 4, STORM_ASLEEP | STORM_LOOK, true, false },
	{ "8 vCPUs, all of it", 8,
	  STORM_NESTED | STORM_ROUTE | STORM_MASK | STORM_LOOK, true, true },
};

static int irqfd_new(const struct storm *storm, u32 intid, u32 flags, int resample)
{
	struct kvm_irqfd irqfd = {
		.fd = eventfd_new(), .gsi = intid - GIC_SPI_BASE, .flags = flags,
		.resamplefd = resample,
	};

	ASSERT_OK(ioctl(storm->its->vm->fd, KVM_IRQFD, &irqfd));
	return irqfd.fd;
}

static void connect(struct storm *storm)
{
	unsigned int i;

	for (i = 0; i < STORM_NR_EDGES; i++)
		storm->edges[i] = irqfd_new(storm, STORM_SPI + i, 0, 0);
	storm->resample = eventfd_new();
	storm->level = irqfd_new(storm, STORM_LEVEL, KVM_IRQFD_FLAG_RESAMPLE, storm->resample);
	for (i = 0; i < STORM_NR_LPIS; i++)
		mapti(storm->its, DEV, EVENT + i, LPI + i, i % storm->its->vm->nr_vcpus);
}

static void start(struct storm *storm, const struct row *row)
{
	struct vm *vm;
	unsigned int i;

	storm->its = its_mapped(row->nr);
	vm = storm->its->vm;
	storm->channels = guest_var(vm, struct storm_channel, storm_channels);
	connect(storm);
	for (i = 0; i < row->nr; i++)
		vcpu_call(&vm->vcpus[i], storm_run, row->nr, row->how, counter_ticks(PERIOD_US));
	crowd_start(&storm->crowd, vm, row->migrate, row->kick);
	/* KVM forgets what comes before the distributor is on (vgic_irqs). */
	while (READ_ONCE(*guest_var(vm, u64, storm_ready)) < row->nr)
		sleep_ms(1);
}

/* The number of a channel's next interrupt, which is seen by who takes that. */
static void number(struct storm_channel *channel)
{
	__atomic_store_n(&channel->raised, channel->raised + 1, __ATOMIC_RELEASE);
}

static bool is_seen(const struct storm_channel *channel)
{
	return __atomic_load_n(&channel->seen, __ATOMIC_ACQUIRE) == channel->raised;
}

static void *raise_edges(void *arg)
{
	struct storm *storm = arg;
	unsigned int i;

	while (!READ_ONCE(storm->stop)) {
		for (i = 0; i < STORM_NR_EDGES; i++) {
			number(&storm->channels[i]);
			eventfd_signal(storm->edges[i]);
		}
	}
	return NULL;
}

static void *raise_lpis(void *arg)
{
	struct storm *storm = arg;
	unsigned int i;

	while (!READ_ONCE(storm->stop)) {
		for (i = 0; i < STORM_NR_LPIS; i++) {
			number(&storm->channels[STORM_LPI_CHANNEL + i]);
			ASSERT_EQ(signal_msi(storm->its, DEV, EVENT + i), 1);
		}
	}
	return NULL;
}

/* A device: its line is high until the guest has ended the interrupt. */
static void *raise_level(void *arg)
{
	struct storm *storm = arg;
	struct storm_channel *channel = &storm->channels[STORM_LEVEL_CHANNEL];
	struct pollfd poll_resample = { .fd = storm->resample, .events = POLLIN };
	u64 ended;

	while (!READ_ONCE(storm->stop)) {
		number(channel);
		eventfd_signal(storm->level);
		if (poll(&poll_resample, 1, SETTLE_NS / 1000000) != 1)
			FAIL("number %llu of the level was not ended",
			     (unsigned long long)channel->raised);
		ASSERT_EQ(read(storm->resample, &ended, sizeof(ended)), sizeof(ended));
		ASSERT(is_seen(channel));
	}
	return NULL;
}

static void settle(const struct storm *storm)
{
	const u64 deadline = now_ns() + SETTLE_NS;
	unsigned int i;

	for (i = 0; i < STORM_CHANNELS; i++) {
		const struct storm_channel *channel = &storm->channels[i];

		while (!is_seen(channel)) {
			if (now_ns() > deadline)
				FAIL("channel %u: %llu of %llu was the last seen", i,
				     (unsigned long long)channel->seen,
				     (unsigned long long)channel->raised);
			sleep_ms(1);
		}
		ASSERT_NE(channel->taken, 0);
	}
}

static void *(*const raisers[])(void *) = { raise_edges, raise_lpis, raise_level };

static void raise_all(struct storm *storm)
{
	pthread_t threads[ARRAY_SIZE(raisers)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(raisers); i++)
		threads[i] = thread_start(raisers[i], storm);
	sleep_ms(STORM_MS);
	WRITE_ONCE(storm->stop, true);
	for (i = 0; i < ARRAY_SIZE(raisers); i++)
		thread_join(threads[i]);
}

/* Each timer goes on ticking. */
static void await_ticks(const struct storm *storm)
{
	const struct vm *vm = storm->its->vm;
	const u64 *ticks = guest_var(vm, u64, storm_ticks);
	const u64 deadline = now_ns() + SETTLE_NS;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		const u64 before = READ_ONCE(ticks[i]);

		while (READ_ONCE(ticks[i]) == before) {
			ASSERT(now_ns() < deadline);
			sleep_ms(1);
		}
	}
}

static void check_quiet(const struct storm *storm)
{
	const struct its *its = storm->its;
	unsigned int i;

	ASSERT_EQ(gicd_get(its->gic, GICD_ISPENDR + 4), 0);
	ASSERT_EQ(gicd_get(its->gic, GICD_ISACTIVER + 4), 0);
	for (i = 0; i < its->vm->nr_vcpus; i++) {
		ASSERT_EQ(gicr_get(its->gic, i, GICR_SGI + GICD_ISPENDR), 0);
		ASSERT_EQ(gicr_get(its->gic, i, GICR_SGI + GICD_ISACTIVER), 0);
	}
	for (i = 0; i < STORM_NR_LPIS; i++)
		ASSERT(!is_pending(its, i % its->vm->nr_vcpus, LPI + i));
}

TEST_EACH(storm, struct row, rows)
{
	struct storm *storm = calloc(1, sizeof(*storm));

	ASSERT(storm);
	start(storm, row);
	raise_all(storm);
	settle(storm);
	await_ticks(storm);
	*guest_var(storm->its->vm, volatile u64, storm_stop) = 1;
	crowd_join(&storm->crowd);
	check_quiet(storm);
}

/* The process ends in the midst of it. */
TEST(ends_in_the_midst)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		const pid_t pid = ASSERT_OK(fork());
		int status;

		if (!pid) {
			struct storm *storm = calloc(1, sizeof(*storm));
			unsigned int n;

			ASSERT(storm);
			start(storm, &rows[ARRAY_SIZE(rows) - 1]);
			for (n = 0; n < ARRAY_SIZE(raisers); n++)
				thread_start(raisers[n], storm);
			sleep_ms(20);
			_exit(0);
		}
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		ASSERT_EQ(status, 0);
	}
}
