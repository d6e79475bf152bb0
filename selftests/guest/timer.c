// SPDX-License-Identifier: GPL-2.0
/* Guests of host/timer.c. */
#include "guest.h"

#define CTL_ENABLE	1
#define CTL_IMASK	2
#define CTL_ISTATUS	4

static u64 virtual_count(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

static u64 physical_count(void)
{
	isb();
	return read_sysreg(cntpct_el0);
}

u64 guest_count_now(void)
{
	return virtual_count();
}

/* Tell the counter, again and again. */
void guest_tell_count(u64 n)
{
	while (n--)
		guest_sync(virtual_count(), physical_count(), 0, 0);
}

u64 guest_monotonic(u64 n)
{
	u64 last = virtual_count(), last_physical = physical_count(), i;

	for (i = 0; i < n; i++) {
		u64 now = virtual_count();

		GUEST_ASSERT(now >= last);
		last = now;
		now = physical_count();
		GUEST_ASSERT(now >= last_physical);
		last_physical = now;
	}
	return last;
}

/* A count that one CPU has read is in the past of every CPU that learns of it. */
u64 latest_count;

void guest_monotonic_together(u64 n)
{
	while (n--) {
		const u64 seen = __atomic_load_n(&latest_count, __ATOMIC_ACQUIRE);
		const u64 now = virtual_count();
		u64 old = seen;

		GUEST_ASSERT(now >= seen);
		/* Only forwards, whoever else does the same. */
		while (old < now &&
		       !__atomic_compare_exchange_n(&latest_count, &old, now, 0,
						    __ATOMIC_ACQ_REL,
						    __ATOMIC_ACQUIRE))
			;
	}
}

#define DEFINE_TIMER(name, count, ctl, cval, tval)			\
									\
/* The condition, at a time that has passed and at one far away. */	\
void guest_##name##_condition(void)					\
{									\
	const u64 now = count();					\
									\
	write_sysreg(CTL_ENABLE | CTL_IMASK, ctl);			\
	write_sysreg(now - 1, cval);					\
	isb();								\
	GUEST_ASSERT_EQ(read_sysreg(ctl), CTL_ENABLE | CTL_IMASK | CTL_ISTATUS); \
	write_sysreg(now + (1UL << 40), cval);				\
	isb();								\
	GUEST_ASSERT_EQ(read_sysreg(ctl), CTL_ENABLE | CTL_IMASK);	\
	write_sysreg(0, ctl);						\
	isb();								\
	GUEST_ASSERT_EQ(read_sysreg(ctl) & (CTL_ENABLE | CTL_IMASK), 0);	\
}									\
									\
/* TVAL is a view of CVAL, relative to the counter and of 32 bits. */	\
void guest_##name##_tval(void)						\
{									\
	u64 before, after, value;					\
									\
	write_sysreg(0, ctl);						\
	before = count();						\
	write_sysreg(1000000, tval);					\
	isb();								\
	after = count();						\
	value = read_sysreg(cval);					\
	GUEST_ASSERT(value >= before + 1000000 && value <= after + 1000000); \
									\
	write_sysreg((u32)-1000, tval);					\
	isb();								\
	GUEST_ASSERT(read_sysreg(cval) >= before - 1000);		\
	GUEST_ASSERT(read_sysreg(cval) <= count() - 1000);		\
									\
	write_sysreg(count() + 0x10000000, cval);			\
	isb();								\
	value = (u32)read_sysreg(tval);					\
	GUEST_ASSERT(value <= 0x10000000);				\
}									\
									\
/* The condition comes by itself, at its time and not before. */	\
u64 guest_##name##_expires(u64 ticks)					\
{									\
	const u64 target = count() + ticks;				\
	u64 now;							\
									\
	write_sysreg(target, cval);					\
	write_sysreg(CTL_ENABLE | CTL_IMASK, ctl);			\
	isb();								\
	while (!(read_sysreg(ctl) & CTL_ISTATUS))			\
		isb();							\
	now = count();							\
	GUEST_ASSERT(now >= target);					\
	write_sysreg(0, ctl);						\
	return now - target;						\
}

DEFINE_TIMER(virtual, virtual_count, cntv_ctl_el0, cntv_cval_el0, cntv_tval_el0)
DEFINE_TIMER(physical, physical_count, cntp_ctl_el0, cntp_cval_el0, cntp_tval_el0)

/* Set the virtual timer and tell; then see what user space has made of it. */
void guest_timer_registers(u64 ctl, u64 cval)
{
	write_sysreg(cval, cntv_cval_el0);
	write_sysreg(ctl, cntv_ctl_el0);
	isb();
	guest_sync(0, 0, 0, 0);
	guest_sync(read_sysreg(cntv_ctl_el0), read_sysreg(cntv_cval_el0), 0, 0);
	write_sysreg(0, cntv_ctl_el0);
}

/* An armed timer whose interrupt nobody takes: the host must not mind. */
void guest_timer_unmasked(void)
{
	write_sysreg(0, cntv_cval_el0);
	write_sysreg(CTL_ENABLE, cntv_ctl_el0);
	isb();
	for (;;)
		cpu_relax();
}

/* Wait for interrupts until the timer's time has come. */
u64 guest_timer_wfi(u64 ticks)
{
	const u64 target = virtual_count() + ticks;
	u64 n = 0;

	write_sysreg(target, cntv_cval_el0);
	write_sysreg(CTL_ENABLE, cntv_ctl_el0);
	isb();
	while (virtual_count() < target) {
		asm volatile("wfi" ::: "memory");
		n++;
	}
	write_sysreg(0, cntv_ctl_el0);
	isb();
	return n;
}
