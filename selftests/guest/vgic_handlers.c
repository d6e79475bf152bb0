// SPDX-License-Identifier: GPL-2.0
/* The guest of host/vgic_handlers.c: handlers that are interrupted. */
#include "handlers_abi.h"
#include "irq.h"

struct handlers handlers;
static bool ran[HANDLERS_NR], dropped[HANDLERS_NR];

static void pend(u8 spis)
{
	unsigned int i;

	for (i = 0; i < HANDLERS_NR; i++)
		if (spis & BIT(i))
			irq_pend(HANDLERS_SPI + i);
}

static unsigned int spi_of(u32 intid)
{
	GUEST_ASSERT(intid - HANDLERS_SPI < HANDLERS_NR);
	return intid - HANDLERS_SPI;
}

static void handle(u32 intid)
{
	const unsigned int i = spi_of(intid);
	const struct handlers_spi *spi = &handlers.spis[i];
	const u64 pmr = read_icc(ICC_PMR_EL1);

	if (ran[i])
		return;
	ran[i] = true;
	if (spi->pmr)
		write_icc(spi->pmr, ICC_PMR_EL1);
	pend(spi->pends);
	if (!spi->masked)
		irq_let_in();
	if (handlers.exits)
		guest_sync(intid, 0, 0, 0);
	write_icc(pmr, ICC_PMR_EL1);
}

static void handle_dropped(u32 intid)
{
	const unsigned int i = spi_of(intid);

	if (dropped[i])
		return;
	dropped[i] = true;
	pend(handlers.spis[i].drop_pends);
	irq_let_in();
}

static void set_up(void)
{
	unsigned int i;

	irq_hook = handle;
	irq_dropped_hook = handle_dropped;
	irq_setup(handlers.eoimode1);
	for (i = 0; i < HANDLERS_NR; i++) {
		irq_setup_spi(HANDLERS_SPI + i, true, handlers.spis[i].priority, 0);
		irq_set_group(HANDLERS_SPI + i, handlers.spis[i].group0);
	}
	write_icc(handlers.bpr0, ICC_BPR0_EL1);
	write_icc(handlers.bpr1, ICC_BPR1_EL1);
	write_icc((handlers.eoimode1 ? ICC_CTLR_EOIMODE : 0) |
		  (handlers.cbpr ? ICC_CTLR_CBPR : 0), ICC_CTLR_EL1);
}

/* Takes SPI A, with whatever comes of it: @count interrupts. BPR1 as it reads. */
u64 run_handlers(u64 count)
{
	set_up();
	irq_pend(HANDLERS_SPI);
	irq_wait_count(count);
	/* Nothing is left. */
	irq_let_in();
	GUEST_ASSERT_EQ(read_icc(ICC_RPR_EL1), 0xff);
	return read_icc(ICC_BPR1_EL1);
}
