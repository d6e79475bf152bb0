/* SPDX-License-Identifier: GPL-2.0 */
/* The CPU interface's registers (IHI 0069, 12.2), which assemblers may not know. */
#ifndef SELFTESTS_GUEST_ICC_H
#define SELFTESTS_GUEST_ICC_H

#include "guest.h"

#define ICC_PMR_EL1	s3_0_c4_c6_0
#define ICC_IAR0_EL1	s3_0_c12_c8_0
#define ICC_EOIR0_EL1	s3_0_c12_c8_1
#define ICC_BPR0_EL1	s3_0_c12_c8_3
#define ICC_DIR_EL1	s3_0_c12_c11_1
#define ICC_RPR_EL1	s3_0_c12_c11_3
#define ICC_SGI1R_EL1	s3_0_c12_c11_5
#define ICC_IAR1_EL1	s3_0_c12_c12_0
#define ICC_EOIR1_EL1	s3_0_c12_c12_1
#define ICC_BPR1_EL1	s3_0_c12_c12_3
#define ICC_CTLR_EL1	s3_0_c12_c12_4
#define ICC_SRE_EL1	s3_0_c12_c12_5
#define ICC_IGRPEN0_EL1	s3_0_c12_c12_6
#define ICC_IGRPEN1_EL1	s3_0_c12_c12_7

#define ICC_CTLR_CBPR		BIT(0)
#define ICC_CTLR_EOIMODE	BIT(1)

/* For the names above to be replaced before they become text. */
#define read_icc(reg)		read_sysreg(reg)
#define __write_icc(val, reg)	write_sysreg(val, reg)
#define write_icc(val, reg)						\
	do {								\
		__write_icc(val, reg);					\
		isb();							\
	} while (0)

#endif
