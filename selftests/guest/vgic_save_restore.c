// SPDX-License-Identifier: GPL-2.0
/* The guest of host/vgic_save_restore.c: in the midst of handlers, it moves. */
#include "irq.h"
#include "save_abi.h"
#include "timer_abi.h"

#define SAVE_FPCR	0x01c00000	/* round to zero, flush to zero */

/* In the deepest handler, all else that there is made pending, it tells. */
static void fill_up(void)
{
	const u64 before = read_sysreg(cntvct_el0);

	write_sysreg(before - 1, cntv_cval_el0);
	write_sysreg(TIMER_CTL_ENABLE, cntv_ctl_el0);
	irq_pend(SAVE_EDGE);
	irq_send_sgi(SAVE_SGI, 0);
	write_sysreg(SAVE_FPCR, fpcr);
	guest_sync(SAVE_GROUP0, 0, 0, 0);
	GUEST_ASSERT_EQ(read_sysreg(fpcr), SAVE_FPCR);
	GUEST_ASSERT(read_sysreg(cntvct_el0) >= before);
	GUEST_ASSERT_EQ(read_sysreg(cntv_cval_el0), before - 1);
}

static u64 times(u32 intid)
{
	const struct irq_cpu *cpu = this_irq_cpu();
	u64 i, nr = 0;

	for (i = 0; i < cpu->nr_taken; i++)
		nr += cpu->taken[i] == intid;
	return nr;
}

static void handle_level(void)
{
	if (times(SAVE_LEVEL) > 1) {
		guest_sync(SAVE_LEVEL, 0, 0, 0);
		return;
	}
	irq_send_sgi(SAVE_LATE_SGI, 0);
	irq_send_sgi(SAVE_SGI, 0);
	irq_let_in();
}

static void handle_sgi(void)
{
	if (times(SAVE_SGI) > 1)
		return;
	irq_pend(SAVE_GROUP0);
	irq_let_in();
}

static void handle(u32 intid)
{
	switch (intid) {
	case SAVE_GROUP0:
		fill_up();
		break;
	case SAVE_SGI:
		handle_sgi();
		break;
	case SAVE_LEVEL:
		handle_level();
		break;
	case SAVE_TIMER:
		write_sysreg(0, cntv_ctl_el0);
		isb();
		break;
	case SAVE_SGI_ACTIVE:
		guest_sync(intid, 0, 0, 0);
		break;
	}
}

static void set_up(void)
{
	irq_hook = handle;
	irq_setup(false);
}

/* vCPU 0: until it has taken @count interrupts, the first of which the host raises. */
void save_restore_first(u64 count)
{
	set_up();
	irq_setup_spi(SAVE_GROUP0, true, 0x40, 0);
	irq_set_group(SAVE_GROUP0, true);
	irq_setup_private(SAVE_SGI, 0x60);
	irq_setup_spi(SAVE_LEVEL, false, 0x80, 0);
	irq_setup_private(SAVE_TIMER, 0xb0);
	irq_setup_spi(SAVE_EDGE, true, 0xc0, 0);
	irq_setup_private(SAVE_LATE_SGI, 0xe0);
	irq_send_sgi(SAVE_SGI_ACTIVE, 1);
	guest_sync(0, 0, 0, 0);
	irq_wait_count(count);
	irq_let_in();
	/* With nothing active any more. */
	guest_sync(0, 0, 0, 0);
	irq_send_sgi(SAVE_SGI_LAST, 1);
	irq_let_in();
	GUEST_ASSERT_EQ(read_icc(ICC_RPR_EL1), 0xff);
}

/* vCPU 1: in a handler as the VM is saved, asleep until the first's work is done. */
void save_restore_second(void)
{
	set_up();
	irq_setup_private(SAVE_SGI_ACTIVE, 0x80);
	irq_setup_private(SAVE_SGI_LAST, 0x80);
	irq_sleep_until(2);
	GUEST_ASSERT_EQ(read_icc(ICC_RPR_EL1), 0xff);
}
