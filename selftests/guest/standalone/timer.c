// SPDX-License-Identifier: GPL-2.0
/* The virtual counter goes on, forwards only; the timer's condition becomes true. */
#include "console.h"

static u64 counter(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

u64 main(void)
{
	const u64 freq = read_sysreg(cntfrq_el0);
	u64 last = counter(), now;
	unsigned int i;

	put_string("counter frequency: ");
	put_number(freq);
	put_string(" Hz\n");
	for (i = 0; i < 100000; i++) {
		now = counter();
		GUEST_ASSERT(now >= last);
		last = now;
	}
	put_string("100000 reads of CNTVCT_EL0: none backwards\n");

	write_sysreg(counter() + freq / 100, cntv_cval_el0);
	write_sysreg(3, cntv_ctl_el0);	/* ENABLE, IMASK */
	isb();
	while (!(read_sysreg(cntv_ctl_el0) & 4))
		isb();
	write_sysreg(0, cntv_ctl_el0);
	put_string("CNTV_CTL_EL0.ISTATUS after 10 ms: 1\n");
	return 0;
}
