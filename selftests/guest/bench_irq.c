// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of bench/: interrupts from where they are sent to where they are ended. The
 * handler is as short as one can be, so that what is measured is the host.
 */
#include "bench.h"
#include "irq.h"
#include "its_abi.h"

#define SGI		3
#define TIMER_PPI	27
#define PRIORITY	0x80
#define TIMER_ENABLE	1

extern void (*guest_irq_handler)(u64 vector);

/* Interrupts ended, and when the last one was. On lines of their own. */
u64 bench_taken __aligned(64);
u64 bench_taken_at;
u64 bench_stop __aligned(64);

static void take(u64 vector)
{
	const u32 intid = read_icc(ICC_IAR1_EL1);

	(void)vector;
	if (intid == SPURIOUS_INTID)
		return;
	if (intid == TIMER_PPI) {
		write_sysreg(0, cntv_ctl_el0);
		isb();
	}
	write_icc(intid, ICC_EOIR1_EL1);
	WRITE_ONCE(bench_taken_at, ticks());
	__atomic_store_n(&bench_taken, bench_taken + 1, __ATOMIC_RELEASE);
}

static void setup(void)
{
	irq_setup(false);
	guest_irq_handler = take;
}

static void wait_taken(u64 before)
{
	while (__atomic_load_n(&bench_taken, __ATOMIC_ACQUIRE) == before)
		cpu_relax();
}

/* Take what comes until told to stop: running, or asleep in between. */
void bench_receive(u64 asleep, u64 spi)
{
	setup();
	if (spi)
		irq_setup_spi(spi, true, PRIORITY, cpu_nr());
	irq_setup_private(SGI, PRIORITY);
	guest_sync(0, 0, 0, 0);
	irq_unmask();
	while (!READ_ONCE(bench_stop)) {
		if (!asleep) {
			cpu_relax();
			continue;
		}
		/* None can come between the look at bench_stop and the WFI. */
		irq_mask();
		if (!READ_ONCE(bench_stop))
			wfi();
		irq_unmask();
	}
}

/* One interrupt after the other, with @pause ticks in between; the last one stops. */
static void send(void (*raise)(u64 arg), u64 arg, u64 pause)
{
	unsigned int s;

	for (s = 0; s < BENCH_SAMPLES; s++) {
		const u64 before = READ_ONCE(bench_taken);
		u64 start;

		delay(pause);
		start = ticks();
		raise(arg);
		wait_taken(before);
		bench_samples[s] = bench_taken_at - start;
	}
	WRITE_ONCE(bench_stop, 1);
	raise(arg);
}

static void raise_sgi(u64 to)
{
	irq_send_sgi(SGI, to);
}

/* To the CPU with Aff0 @to. */
void bench_send_sgis(u64 to, u64 pause)
{
	send(raise_sgi, to, pause);
}

static void ring(u64 doorbell)
{
	dsb();
	mmio_write32(doorbell, 1);
}

/* By a store that signals an eventfd, which is an interrupt. */
void bench_ring(u64 doorbell, u64 pause)
{
	send(ring, doorbell, pause);
}

/* Commands for the ITS in the order of its queue, which is one of 64 KiB. */
static u64 its_cwriter;

/* INT (IHI 0069, 5.3.7): as if the device had written to GITS_TRANSLATER. */
static void command_int(u64 queue)
{
	u64 *command = (u64 *)(queue + its_cwriter);

	command[0] = 0x03 | (u64)DEV << 32;
	command[1] = EVENT;
	command[2] = 0;
	command[3] = 0;
	its_cwriter = (its_cwriter + 32) % SZ_64K;
	dsb();
	mmio_write64(GIC_ITS_BASE + GITS_CWRITER, its_cwriter);
}

/* By commands in @queue, from offset @cwriter on. */
void bench_send_lpis(u64 queue, u64 cwriter, u64 pause)
{
	its_cwriter = cwriter;
	send(command_int, queue, pause);
}

static void timer_setup(void)
{
	setup();
	irq_setup_private(TIMER_PPI, PRIORITY);
}

static void arm_timer(u64 at)
{
	write_sysreg(at, cntv_cval_el0);
	write_sysreg(TIMER_ENABLE, cntv_ctl_el0);
	isb();
}

/* A timer whose time has come already: all that passes is what it takes. */
void bench_timer(u64 n)
{
	timer_setup();
	irq_unmask();
	BENCH_LOOP(n, ({
		const u64 before = READ_ONCE(bench_taken);

		arm_timer(read_sysreg(cntvct_el0));
		wait_taken(before);
	}));
	irq_mask();
}

/* How late the handler of a timer is that ends a sleep of @sleep ticks. */
void bench_wake_up(u64 sleep)
{
	unsigned int s;

	timer_setup();
	for (s = 0; s < BENCH_SAMPLES; s++) {
		const u64 at = ticks() + sleep, before = bench_taken;

		arm_timer(at);
		while (READ_ONCE(bench_taken) == before) {
			wfi();
			irq_unmask();
			irq_mask();
		}
		bench_samples[s] = bench_taken_at - at;
	}
}
