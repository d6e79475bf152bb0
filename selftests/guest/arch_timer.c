// SPDX-License-Identifier: GPL-2.0
/* Guests of host/arch_timer.c: the timers' interrupts, taken by a handler. */
#include "irq.h"
#include "timer_abi.h"

#define PRIORITY	0x80
/*
 * Years from now. Not all ones: QEMU before 8.2 adds CNTVOFF_EL2 to CVAL without
 * regard to the carry, and is then busy with a timer that has expired for ever.
 */
#define NEVER		BIT(50)

/* Which PPI a timer raises; the host may change it. */
u32 timer_intid[2] = { 27, 30 };

/* What each CPU's handler does with its timers, and what it saw. */
struct ticker {
	u64 left;		/* ticks to come */
	u64 period;
	u64 latest;		/* the latest that one was taken after its time */
} tickers[MAX_GUEST_CPUS][2];

static u64 count(u64 which)
{
	isb();
	return which == TIMER_VIRT ? read_sysreg(cntvct_el0) : read_sysreg(cntpct_el0);
}

static u64 read_ctl(u64 which)
{
	return which == TIMER_VIRT ? read_sysreg(cntv_ctl_el0) : read_sysreg(cntp_ctl_el0);
}

static u64 read_cval(u64 which)
{
	return which == TIMER_VIRT ? read_sysreg(cntv_cval_el0) : read_sysreg(cntp_cval_el0);
}

static void write_ctl(u64 which, u64 val)
{
	if (which == TIMER_VIRT)
		write_sysreg(val, cntv_ctl_el0);
	else
		write_sysreg(val, cntp_ctl_el0);
	isb();
}

static void write_cval(u64 which, u64 val)
{
	if (which == TIMER_VIRT)
		write_sysreg(val, cntv_cval_el0);
	else
		write_sysreg(val, cntp_cval_el0);
	isb();
}

static void write_tval(u64 which, u64 val)
{
	if (which == TIMER_VIRT)
		write_sysreg(val, cntv_tval_el0);
	else
		write_sysreg(val, cntp_tval_el0);
	isb();
}

static u64 which_timer(u32 intid)
{
	GUEST_ASSERT(intid == timer_intid[TIMER_VIRT] || intid == timer_intid[TIMER_PHYS]);
	return intid == timer_intid[TIMER_PHYS];
}

/*
 * The interrupt is the condition's: enabled, not masked, met. Its status is what
 * it was signalled for, so it is there as the handler runs, and not early.
 */
static u64 check_fired(u64 which)
{
	const u64 now = count(which), cval = read_cval(which);

	GUEST_ASSERT_EQ(read_ctl(which), TIMER_CTL_ENABLE | TIMER_CTL_ISTATUS);
	GUEST_ASSERT(now >= cval);
	return now - cval;
}

static void tick(u32 intid)
{
	const u64 which = which_timer(intid);
	struct ticker *ticker = &tickers[cpu_nr()][which];
	const u64 late = check_fired(which);

	if (late > ticker->latest)
		ticker->latest = late;
	GUEST_ASSERT(ticker->left);
	if (--ticker->left)
		write_cval(which, read_cval(which) + ticker->period);
	else
		write_ctl(which, 0);
}

static void setup(u64 which, bool eoimode1)
{
	irq_hook = tick;
	irq_setup(eoimode1);
	irq_setup_private(timer_intid[which], PRIORITY);
}

static void wait(u64 nr, u64 flags)
{
	if (flags & TIMER_ASLEEP)
		irq_sleep_until(nr);
	else
		irq_wait_count(nr);
}

static void arm(u64 which, u64 flags, u64 ticks)
{
	if (flags & TIMER_BY_TVAL)
		write_tval(which, ticks);
	else
		write_cval(which, count(which) + ticks);
	write_ctl(which, TIMER_CTL_ENABLE);
}

static void shot(u64 which, u64 flags, u64 ticks)
{
	const struct irq_cpu *cpu = this_irq_cpu();
	const u64 before = cpu->count;

	tickers[cpu_nr()][which].left = 1;
	arm(which, flags, ticks);
	wait(before + 1, flags);
	GUEST_ASSERT_EQ(cpu->count, before + 1);
}

/* @nr single shots, each armed when the one before was taken. The latest of all. */
u64 timer_shots(u64 which, u64 flags, u64 ticks, u64 nr)
{
	u64 i;

	setup(which, flags & TIMER_EOIMODE1);
	for (i = 0; i < nr; i++)
		shot(which, flags, ticks);
	return tickers[cpu_nr()][which].latest;
}

/* The same, but of all lengths up to @ticks. */
u64 timer_sweep(u64 which, u64 flags, u64 ticks, u64 nr)
{
	u64 i;

	setup(which, flags & TIMER_EOIMODE1);
	for (i = 0; i < nr; i++)
		shot(which, flags, i * ticks / nr);
	return tickers[cpu_nr()][which].latest;
}

/* @nr ticks at a fixed rate: none is lost, however late one may be. */
u64 timer_ticks(u64 which, u64 flags, u64 period, u64 nr)
{
	struct ticker *ticker = &tickers[cpu_nr()][which];
	const struct irq_cpu *cpu = this_irq_cpu();
	const u64 before = cpu->count;

	setup(which, flags & TIMER_EOIMODE1);
	ticker->left = nr;
	ticker->period = period;
	arm(which, flags, period);
	wait(before + nr, flags);
	GUEST_ASSERT_EQ(cpu->count, before + nr);
	return ticker->latest;
}

/* Both timers of the CPU at different rates. */
u64 timer_both(u64 flags, u64 period, u64 nr)
{
	struct ticker *mine = tickers[cpu_nr()];
	u64 which;

	for (which = 0; which < 2; which++) {
		setup(which, flags & TIMER_EOIMODE1);
		mine[which].left = nr;
		mine[which].period = period + which * period / 3;
		arm(which, flags, period);
	}
	wait(2 * nr, flags);
	GUEST_ASSERT_EQ(mine[TIMER_VIRT].left, 0);
	GUEST_ASSERT_EQ(mine[TIMER_PHYS].left, 0);
	return mine[TIMER_VIRT].latest;
}

/* The condition of an emulated machine's timer may be seen later than its counter. */
static void wait_status(u64 which)
{
	while (!(read_ctl(which) & TIMER_CTL_ISTATUS))
		cpu_relax();
}

static void spin_ticks(u64 which, u64 ticks)
{
	const u64 end = count(which) + ticks;

	while (count(which) < end)
		cpu_relax();
}

/* Masked in the timer, it does not come; unmasked later, it does at once. */
void timer_masked(u64 which, u64 ticks)
{
	setup(which, false);
	tickers[cpu_nr()][which].left = 1;
	write_cval(which, count(which) + ticks);
	write_ctl(which, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
	irq_unmask();
	wait_status(which);
	spin_ticks(which, 2 * ticks);
	GUEST_ASSERT_EQ(this_irq_cpu()->count, 0);
	GUEST_ASSERT_EQ(read_ctl(which),
			TIMER_CTL_ENABLE | TIMER_CTL_IMASK | TIMER_CTL_ISTATUS);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_wait_count(1);
}

/*
 * Armed, and cancelled before its time in one of three ways: then nothing comes.
 * Gives how many times that could be tried; a host that is busy may not let the
 * guest cancel in time.
 */
u64 timer_cancelled(u64 which, u64 ticks, u64 nr)
{
	u64 i, in_time = 0;

	setup(which, false);
	for (i = 0; i < nr; i++) {
		const u64 deadline = count(which) + ticks;

		write_cval(which, deadline);
		write_ctl(which, TIMER_CTL_ENABLE);
		switch (i % 3) {
		case 0:
			write_ctl(which, 0);
			break;
		case 1:
			write_cval(which, count(which) + NEVER);
			break;
		default:
			write_ctl(which, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
		}
		if (count(which) >= deadline) {
			/* Too late: what was signalled may come, as any interrupt. */
			write_ctl(which, 0);
			tickers[cpu_nr()][which].left = 1;
			irq_hook = NULL;
			irq_unmask();
			spin_ticks(which, ticks);
			irq_mask();
			irq_hook = tick;
			continue;
		}
		irq_unmask();
		spin_ticks(which, 2 * ticks);
		irq_mask();
		in_time++;
	}
	return in_time;
}

/* Far away in either sense: by CVAL and by the sign of TVAL. */
void timer_never(u64 which, u64 ticks)
{
	setup(which, false);
	write_cval(which, count(which) + NEVER);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_unmask();
	spin_ticks(which, ticks);
	GUEST_ASSERT_EQ(read_ctl(which), TIMER_CTL_ENABLE);
	write_tval(which, 0x7fffffff);
	spin_ticks(which, ticks);
	irq_mask();
	GUEST_ASSERT_EQ(read_ctl(which), TIMER_CTL_ENABLE);
	GUEST_ASSERT_EQ(this_irq_cpu()->count, 0);
	write_ctl(which, 0);
}

/* A time that has passed is now. */
void timer_in_the_past(u64 which)
{
	struct ticker *ticker = &tickers[cpu_nr()][which];

	setup(which, false);
	ticker->left = 1;
	write_cval(which, 0);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_wait_count(1);
	ticker->left = 1;
	write_tval(which, -1000);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_wait_count(2);
	ticker->left = 1;
	write_cval(which, count(which));
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_sleep_until(3);
}

static void tick_until_third(u32 intid)
{
	const u64 which = which_timer(intid);

	check_fired(which);
	if (this_irq_cpu()->nr_taken == 3)
		write_ctl(which, 0);
}

/* It is a level: as long as the handler leaves the timer be, it comes again. */
void timer_is_a_level(u64 which, u64 ticks)
{
	setup(which, false);
	irq_hook = tick_until_third;
	write_cval(which, count(which) + ticks);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_wait_count(3);
	irq_unmask();
	spin_ticks(which, ticks);
	irq_mask();
	GUEST_ASSERT_EQ(this_irq_cpu()->count, 3);
}

/* Its interrupt disabled at the GIC, the timer's line is there to be seen. */
void timer_line_without_interrupt(u64 which, u64 ticks)
{
	const u64 pending = GICR_BASE + cpu_nr() * (u64)GICR_STRIDE + GICR_SGI + GICD_ISPENDR;
	const u32 bit = BIT(timer_intid[which]);

	irq_hook = tick;
	irq_setup(false);
	tickers[cpu_nr()][which].left = 1;
	GUEST_ASSERT_EQ(mmio_read32(pending) & bit, 0);
	write_cval(which, count(which) + ticks);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_unmask();
	wait_status(which);
	GUEST_ASSERT_EQ(mmio_read32(pending) & bit, bit);
	GUEST_ASSERT_EQ(this_irq_cpu()->count, 0);
	write_ctl(which, 0);
	GUEST_ASSERT_EQ(mmio_read32(pending) & bit, 0);
	write_ctl(which, TIMER_CTL_ENABLE);
	wait_status(which);
	irq_setup_private(timer_intid[which], PRIORITY);
	irq_wait_count(1);
	GUEST_ASSERT_EQ(mmio_read32(pending) & bit, 0);
}

/* What user space has armed. */
u64 timer_armed_outside(u64 which)
{
	setup(which, false);
	tickers[cpu_nr()][which].left = 1;
	irq_sleep_until(1);
	return tickers[cpu_nr()][which].latest;
}

/* The host looks at the timer while the handler runs, and may end it all there. */
static void tick_and_tell(u32 intid)
{
	const u64 which = which_timer(intid);

	check_fired(which);
	guest_sync(count(which), read_cval(which), 0, 0);
	write_ctl(which, 0);
}

void timer_stop_in_handler(u64 which, u64 ticks)
{
	setup(which, false);
	irq_hook = tick_and_tell;
	write_cval(which, count(which) + ticks);
	write_ctl(which, TIMER_CTL_ENABLE);
	irq_wait_count(1);
}

/* Both counters, and what they were a moment before and after. */
void timer_tell_counts(void)
{
	for (;;)
		guest_sync(count(TIMER_VIRT), count(TIMER_PHYS), 0, 0);
}
