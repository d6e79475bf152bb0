/* SPDX-License-Identifier: GPL-2.0 */
/* Between switch.c and entry.S. */
#ifndef AVCPU_ARCH_SWITCH_H
#define AVCPU_ARCH_SWITCH_H

/* Results of __avcpu_enter(); the vectors know them as numbers. */
#define AVCPU_VECTOR_SYNC	0
#define AVCPU_VECTOR_IRQ	1
#define AVCPU_VECTOR_SERROR	2
#define AVCPU_VECTOR_ILLEGAL	3

#ifndef __ASSEMBLY__
#include <linux/types.h>

/*
 * What makes this CPU the host's again, one a CPU: the vectors go back to it
 * when an exception hits the module's own code (see el2_bounce in entry.S).
 */
struct avcpu_host_base {
	u64 hcr;
	u64 vbar;
	u64 cptr;	/* while a vCPU is loaded; 0 before the first */
	u64 guest_cptr;	/* likewise, without FPEN */
};

#ifndef AVCPU_GENERATING_OFFSETS
#include <linux/percpu-defs.h>
DECLARE_PER_CPU(struct avcpu_host_base, avcpu_host_base);
#endif

#endif
#endif
