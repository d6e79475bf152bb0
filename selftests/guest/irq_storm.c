// SPDX-License-Identifier: GPL-2.0
/* The guest of host/irq_storm.c: interrupts of all kinds at once. */
#include "irq.h"
#include "storm_abi.h"
#include "timer_abi.h"

#define TIMER_INTID	27
#define PRIORITY_SPI	0x60
#define PRIORITY_TIMER	0x80
/* LPIs have 0xa0. */
#define PRIORITY_SGI	0xc0

struct storm_channel storm_channels[STORM_CHANNELS];
/* By target and sender, whose number is the SGI's. */
static struct storm_channel sgis[MAX_GUEST_CPUS][MAX_GUEST_CPUS];
u64 storm_ticks[MAX_GUEST_CPUS];
u64 storm_ready, storm_stop;
static u64 done, period, how;

static void see(struct storm_channel *channel)
{
	const u64 raised = __atomic_load_n(&channel->raised, __ATOMIC_ACQUIRE);

	channel->taken++;
	__atomic_store_n(&channel->seen, raised, __ATOMIC_RELEASE);
	/* Before the end of the interrupt, after which another CPU may take the next. */
	dsb();
}

static void tick(void)
{
	const u64 cval = read_sysreg(cntv_cval_el0);

	isb();
	GUEST_ASSERT(read_sysreg(cntvct_el0) >= cval);
	write_sysreg(read_sysreg(cntvct_el0) + period, cntv_cval_el0);
	isb();
	WRITE_ONCE(storm_ticks[cpu_nr()], storm_ticks[cpu_nr()] + 1);
}

static void handle(u32 intid)
{
	if (how & STORM_NESTED)
		irq_let_in();
	if (intid < MAX_GUEST_CPUS) {
		see(&sgis[cpu_nr()][intid]);
	} else if (intid == TIMER_INTID) {
		tick();
	} else if (intid - STORM_SPI < STORM_NR_EDGES) {
		see(&storm_channels[intid - STORM_SPI]);
	} else if (intid - STORM_LPI < STORM_NR_LPIS) {
		see(&storm_channels[STORM_LPI_CHANNEL + intid - STORM_LPI]);
	} else {
		GUEST_ASSERT_EQ(intid, STORM_LEVEL);
		see(&storm_channels[STORM_LEVEL_CHANNEL]);
	}
}

static void meet(u64 *counter, u64 nr)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_ACQ_REL);
	wait_for_at_least(counter, nr);
}

static void set_up_spis(u64 nr)
{
	unsigned int i;

	for (i = 0; i < STORM_NR_EDGES; i++)
		irq_setup_spi(STORM_SPI + i, true, PRIORITY_SPI, i % nr);
	irq_setup_spi(STORM_LEVEL, false, PRIORITY_SPI, nr - 1);
}

static void set_up(u64 nr, u64 flags, u64 ticks)
{
	unsigned int i;

	how = flags;
	period = ticks;
	irq_hook = handle;
	irq_setup(false);
	for (i = 0; i < nr; i++)
		irq_setup_private(i, PRIORITY_SGI);
	irq_setup_private(TIMER_INTID, PRIORITY_TIMER);
	if (!cpu_nr())
		set_up_spis(nr);
	write_sysreg(read_sysreg(cntvct_el0) + period, cntv_cval_el0);
	write_sysreg(TIMER_CTL_ENABLE, cntv_ctl_el0);
	meet(&storm_ready, nr);
}

static void send(unsigned int to)
{
	const unsigned int me = cpu_nr();
	struct storm_channel *channel = &sgis[to][me];

	__atomic_store_n(&channel->raised, channel->raised + 1, __ATOMIC_RELEASE);
	irq_send_sgi(me, to);
}

/* Another one of the SPIs each time. */
static void meddle(u64 n, u64 nr)
{
	const u32 intid = STORM_SPI + n % (STORM_NR_EDGES + 1);
	const u64 word = intid / 32 * 4;

	if (how & STORM_ROUTE)
		mmio_write64(GICD_BASE + GICD_IROUTER + 8 * intid, n / 5 % nr);
	if (how & STORM_MASK) {
		mmio_write32(GICD_BASE + GICD_ICENABLER + word, BIT(intid % 32));
		mmio_write32(GICD_BASE + GICD_ISENABLER + word, BIT(intid % 32));
	}
	if (how & STORM_LOOK) {
		mmio_read32(GICD_BASE + GICD_ISPENDR + word);
		mmio_read32(GICD_BASE + GICD_ISACTIVER + word);
	}
}

static void storm(u64 nr)
{
	u64 n;

	for (n = 0; !READ_ONCE(storm_stop); n++) {
		send(n % nr);
		if (how & STORM_ASLEEP)
			wfi();
		irq_let_in();
		if (!cpu_nr())
			meddle(n, nr);
	}
}

/* Until the host ends it; what this CPU has sent is seen then by who it was for. */
void storm_run(u64 nr, u64 flags, u64 ticks)
{
	const unsigned int me = cpu_nr();
	unsigned int to;

	set_up(nr, flags, ticks);
	storm(nr);
	irq_unmask();
	for (to = 0; to < nr; to++)
		wait_for_at_least(&sgis[to][me].seen, sgis[to][me].raised);
	meet(&done, nr);
	irq_mask();
	write_sysreg(0, cntv_ctl_el0);
	isb();
	irq_let_in();
	GUEST_ASSERT_EQ(read_icc(ICC_RPR_EL1), 0xff);
}
