// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of host/irqfd.c, host/ioeventfd.c and host/its_guest.c. PSTATE.I stays
 * set: interrupts are taken by reading ICC_IAR1_EL1, when the test wants it.
 */
#include "guest.h"
#include "its_abi.h"

extern u64 spin_count;

#define ICC_PMR_EL1	s3_0_c4_c6_0
#define ICC_IAR1_EL1	s3_0_c12_c12_0
#define ICC_EOIR1_EL1	s3_0_c12_c12_1
#define ICC_SRE_EL1	s3_0_c12_c12_5
#define ICC_IGRPEN1_EL1	s3_0_c12_c12_7

/* For the names above to be replaced before they become text. */
#define read_icc(reg)		read_sysreg(reg)
#define write_icc(val, reg)	write_sysreg(val, reg)

#define GICD_CTLR_ARE_NS	(1 << 4)
#define GICD_CTLR_ENABLE_G1	(1 << 1)

#define PRIORITY		0xa0

static u64 redist(unsigned int cpu)
{
	return GIC_REDIST_BASE + (u64)cpu * GIC_REDIST_SIZE;
}

static void init(unsigned int cpu)
{
	mmio_write32(GIC_DIST_BASE + GICD_CTLR, GICD_CTLR_ARE_NS | GICD_CTLR_ENABLE_G1);
	mmio_write32(redist(cpu) + GICR_WAKER, 0);
	write_icc(1, ICC_SRE_EL1);
	isb();
	write_icc(0xff, ICC_PMR_EL1);
	write_icc(1, ICC_IGRPEN1_EL1);
	isb();
}

static void enable_spi(unsigned int intid, bool edge, u64 affinity)
{
	const u64 config = GIC_DIST_BASE + GICD_ICFGR + intid / 16 * 4;
	const unsigned int shift = intid % 16 * 2 + 1;

	mmio_write32(config, (mmio_read32(config) & ~(1U << shift)) |
			     (u32)edge << shift);
	mmio_write8(GIC_DIST_BASE + GICD_IPRIORITYR + intid, PRIORITY);
	mmio_write64(GIC_DIST_BASE + GICD_IROUTER + 8 * intid, affinity);
	mmio_write32(GIC_DIST_BASE + GICD_ISENABLER + intid / 32 * 4,
		     1U << intid % 32);
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
	isb();
}

static unsigned int wait_irq(void)
{
	unsigned int intid = ack();

	while (intid == GIC_SPURIOUS) {
		asm volatile("wfi" ::: "memory");
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
	unsigned int intid = GIC_SPURIOUS;

	init(0);
	if (spi)
		enable_spi(spi, edge, 0);
	for (;;) {
		guest_sync(intid, 0, 0, 0);
		if (late && intid != GIC_SPURIOUS)
			eoi(intid);
		intid = ack();
		if (!late && intid != GIC_SPURIOUS)
			eoi(intid);
	}
}

/* How many interrupts come until one named @last does. */
u64 irq_count_until(u64 last, u64 spi)
{
	unsigned int intid;
	u64 count = 0;

	init(0);
	enable_spi(spi, true, 0);
	enable_spi(last, true, 0);
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
