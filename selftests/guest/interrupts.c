// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of host/irqfd.c, host/ioeventfd.c and host/its_guest.c. PSTATE.I stays
 * set: interrupts are taken by reading ICC_IAR1_EL1, when the test wants it.
 */
#include "irq.h"

extern u64 spin_count;

#define PRIORITY		0xa0

static void init(unsigned int cpu)
{
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	mmio_write32(GICR_BASE + cpu * (u64)GICR_STRIDE + GICR_WAKER, 0);
	write_icc(1, ICC_SRE_EL1);
	write_icc(0xff, ICC_PMR_EL1);
	write_icc(1, ICC_IGRPEN1_EL1);
}

static unsigned int ack(void)
{
	const unsigned int intid = read_icc(ICC_IAR1_EL1) & 0xffffff;

	dsb();
	return intid;
}

static void eoi(unsigned int intid)
{
	write_icc(intid, ICC_EOIR1_EL1);
}

static unsigned int wait_irq(void)
{
	unsigned int intid = ack();

	while (intid == SPURIOUS_INTID) {
		wfi();
		intid = ack();
	}
	return intid;
}

/*
 * At each of the host's calls, take what is pending and say what it was; 1023:
 * nothing. It is ended at once, or, with @late, at the next call.
 */
u64 irq_poll(u64 spi, u64 edge, u64 late)
{
	unsigned int intid = SPURIOUS_INTID;

	init(0);
	if (spi)
		irq_setup_spi(spi, edge, PRIORITY, 0);
	for (;;) {
		guest_sync(intid, 0, 0, 0);
		if (late && intid != SPURIOUS_INTID)
			eoi(intid);
		intid = ack();
		if (!late && intid != SPURIOUS_INTID)
			eoi(intid);
	}
}

/* How many interrupts come until one named @last does. */
u64 irq_count_until(u64 last, u64 spi)
{
	unsigned int intid;
	u64 count = 0;

	init(0);
	irq_setup_spi(spi, true, PRIORITY, 0);
	irq_setup_spi(last, true, PRIORITY, 0);
	guest_sync(0, 0, 0, 0);
	do {
		intid = wait_irq();
		eoi(intid);
		WRITE_ONCE(spin_count, ++count);
	} while (intid != last);
	return count;
}

/* Take interrupts until @last comes; how many. */
u64 irq_take_until(u64 last)
{
	unsigned int intid;
	u64 count = 0;

	init(0);
	guest_sync(0, 0, 0, 0);
	do {
		intid = wait_irq();
		eoi(intid);
		count++;
	} while (intid != last);
	return count;
}

/* A store of @len bytes. */
u64 bus_store(u64 addr, u64 len, u64 val)
{
	switch (len) {
	case 1:
		mmio_write8(addr, val);
		break;
	case 2:
		mmio_write16(addr, val);
		break;
	case 4:
		mmio_write32(addr, val);
		break;
	default:
		mmio_write64(addr, val);
	}
	return 0;
}

u64 bus_load32(u64 addr)
{
	return mmio_read32(addr);
}

u64 bus_load64(u64 addr)
{
	return mmio_read64(addr);
}
