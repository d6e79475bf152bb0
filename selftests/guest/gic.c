// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's side of the tests of the interrupt controller: its CPU interface and
 * its frames, one access a function. Interrupts stay masked at the CPU and are
 * acknowledged by hand, except where an exception is what is asked for.
 *
 * Between two functions the vCPU exits to user space; what must happen without an
 * exit in between is a function of its own.
 */
#include "gic_abi.h"
#include "guest.h"

#define ICC_PMR		S3_0_C4_C6_0
#define ICC_IAR0	S3_0_C12_C8_0
#define ICC_EOIR0	S3_0_C12_C8_1
#define ICC_HPPIR1	S3_0_C12_C12_2
#define ICC_DIR		S3_0_C12_C11_1
#define ICC_RPR		S3_0_C12_C11_3
#define ICC_SGI1R	S3_0_C12_C11_5
#define ICC_ASGI1R	S3_0_C12_C11_6
#define ICC_SGI0R	S3_0_C12_C11_7
#define ICC_IAR1	S3_0_C12_C12_0
#define ICC_EOIR1	S3_0_C12_C12_1
#define ICC_BPR1	S3_0_C12_C12_3
#define ICC_CTLR	S3_0_C12_C12_4
#define ICC_SRE		S3_0_C12_C12_5
#define ICC_IGRPEN0	S3_0_C12_C12_6
#define ICC_IGRPEN1	S3_0_C12_C12_7

#define CTLR_EOIMODE	BIT(1)
#define SPURIOUS	1023

#define _READ(reg)	read_sysreg(reg)
#define _WRITE(val, reg) write_sysreg(val, reg)
#define gic_read(reg)	_READ(reg)
#define gic_write(val, reg)					\
	do {							\
		_WRITE(val, reg);				\
		isb();						\
	} while (0)

u32 gic_seen[GIC_MAX_SEEN];
u64 gic_count;

/*
 * Group 1 alone, as in a kernel: with group 0 on, KVM 7.3 on QEMU 7.2 is kept out
 * of the guest by a maintenance interrupt that does not end.
 */
void gic_cpu_setup(u64 eoi_mode, u64 pmr)
{
	gic_write(pmr, ICC_PMR);
	gic_write(0, ICC_BPR1);
	gic_write(eoi_mode ? CTLR_EOIMODE : 0, ICC_CTLR);
	gic_write(1, ICC_IGRPEN1);
}

void gic_set_groups(u64 group0, u64 group1)
{
	gic_write(group0, ICC_IGRPEN0);
	gic_write(group1, ICC_IGRPEN1);
}

void gic_set_pmr(u64 pmr)
{
	gic_write(pmr, ICC_PMR);
}

static u64 ack(void)
{
	u64 intid = gic_read(ICC_IAR1);

	dsb();
	return intid;
}

u64 gic_ack(void)
{
	return ack();
}

u64 gic_ack0(void)
{
	return gic_read(ICC_IAR0);
}

u64 gic_highest_pending(void)
{
	return gic_read(ICC_HPPIR1);
}

u64 gic_running_priority(void)
{
	return gic_read(ICC_RPR);
}

void gic_eoi(u64 intid)
{
	gic_write(intid, ICC_EOIR1);
}

void gic_eoi0(u64 intid)
{
	gic_write(intid, ICC_EOIR0);
}

void gic_deactivate(u64 intid)
{
	gic_write(intid, ICC_DIR);
}

void gic_send(u64 which, u64 val)
{
	if (which == 1)
		gic_write(val, ICC_SGI1R);
	else if (which == 0)
		gic_write(val, ICC_SGI0R);
	else
		gic_write(val, ICC_ASGI1R);
}

/* Take and end all there are, up to @max, without leaving the guest. */
u64 gic_drain(u64 max)
{
	u64 i, intid;

	for (i = 0; i < max; i++) {
		intid = ack();
		if (intid == SPURIOUS)
			break;
		gic_seen[i] = intid;
		gic_write(intid, ICC_EOIR1);
	}
	return i;
}

/* End those in gic_seen[], the first first. */
void gic_eoi_many(u64 count)
{
	u64 i;

	for (i = 0; i < count; i++)
		gic_write(gic_seen[i], ICC_EOIR1);
}

/* Take @max, dropping the priority of each at once, as EOImode 1 is for. */
u64 gic_take_many(u64 max)
{
	u64 n, intid;

	for (n = 0; n < max; n++) {
		intid = ack();
		if (intid == SPURIOUS)
			break;
		gic_seen[n] = intid;
		gic_write(intid, ICC_EOIR1);
	}
	return n;
}

/* Deactivate what gic_take_many() took, in the order of arrival. */
void gic_deactivate_many(u64 count)
{
	u64 i;

	for (i = 0; i < count; i++)
		gic_write(gic_seen[i], ICC_DIR);
}

/* The first interrupt as an exception: its vector, and INTID if of group 1. */
u64 gic_take_exception(void)
{
	const struct trap trap =
		GUEST_TRY(asm volatile("msr daifclr, #3; isb; nop; msr daifset, #3"));

	return trap.vector;
}

/* Sleep until something is pending, take it, end it. */
u64 gic_wait_and_take(void)
{
	u64 intid;

	for (;;) {
		intid = ack();
		if (intid != SPURIOUS)
			break;
		dsb();
		asm volatile("wfi" ::: "memory");
	}
	gic_write(intid, ICC_EOIR1);
	return intid;
}

/* Poll without sleeping, so that the vCPU is in the guest when it comes. */
u64 gic_poll_and_take(void)
{
	u64 intid;

	do {
		WRITE_ONCE(gic_count, gic_count + 1);
		intid = ack();
	} while (intid == SPURIOUS);
	gic_write(intid, ICC_EOIR1);
	return intid;
}

/* Interrupts taken and ended in a while. */
static u64 take_for_a_while(void)
{
	u64 count = 0, intid;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		intid = ack();
		if (intid == SPURIOUS)
			continue;
		gic_write(intid, ICC_EOIR1);
		count++;
	}
	return count;
}

/*
 * An interrupt is taken and, before it is ended, turned off by a store of @off to @off_reg,
 * if that is not 0. The host sees gic_count become 1, sends it again, and makes that 2.
 * Then it is turned on again by @on. Return: how often it came while it was off, after
 * its end, and 16 times how often after that.
 */
u64 gic_again_while_off(u64 off_reg, u64 off, u64 on_reg, u64 on)
{
	u64 intid, count;

	do
		intid = ack();
	while (intid == SPURIOUS);
	if (off_reg)
		mmio_write32(off_reg, off);
	WRITE_ONCE(gic_count, 1);
	while (READ_ONCE(gic_count) == 1)
		cpu_relax();
	gic_write(intid, ICC_EOIR1);
	count = take_for_a_while();
	if (on_reg)
		mmio_write32(on_reg, on);
	return count + 16 * take_for_a_while();
}

/* Take and count for ever. */
void gic_count_forever(void)
{
	u64 intid;

	for (;;) {
		intid = ack();
		if (intid == SPURIOUS)
			continue;
		WRITE_ONCE(gic_count, gic_count + 1);
		gic_write(intid, ICC_EOIR1);
	}
}

void gic_send_forever(u64 to)
{
	for (;;)
		gic_write(BIT(to) | 1 << 24, ICC_SGI1R);
}

/* Send an SGI to Aff0 @to, wait for the answer; @rounds times. */
u64 gic_ping(u64 to, u64 rounds)
{
	u64 i;

	for (i = 0; i < rounds; i++) {
		gic_write(BIT(to) | 1 << 24, ICC_SGI1R);
		if (gic_wait_and_take() != 2)
			break;
	}
	return i;
}

u64 gic_pong(u64 to, u64 rounds)
{
	u64 i;

	for (i = 0; i < rounds; i++) {
		if (gic_wait_and_take() != 1)
			break;
		gic_write(BIT(to) | 2 << 24, ICC_SGI1R);
	}
	return i;
}

u64 gic_mmio_read(u64 addr, u64 size)
{
	switch (size) {
	case 1:
		return mmio_read8(addr);
	case 2:
		return mmio_read16(addr);
	case 8:
		return mmio_read64(addr);
	default:
		return mmio_read32(addr);
	}
}

void gic_mmio_write(u64 addr, u64 size, u64 val)
{
	switch (size) {
	case 1:
		mmio_write8(addr, val);
		break;
	case 2:
		mmio_write16(addr, val);
		break;
	case 8:
		mmio_write64(addr, val);
		break;
	default:
		mmio_write32(addr, val);
	}
}

/* A register read @count times by a guest that does not exit in between. */
u64 gic_mmio_read_many(u64 addr, u64 count)
{
	u64 sum = 0;

	while (count--)
		sum += mmio_read32(addr);
	return sum;
}
