/* SPDX-License-Identifier: GPL-2.0 */
/* KVM_GET/SET_ONE_REG ids of system registers that tests name (DDI 0487 D23). */
#ifndef SELFTESTS_SYSREGS_H
#define SELFTESTS_SYSREGS_H

#include "vm.h"

#define REG_MDSCR_EL1		SYS_REG(2, 0, 0, 2, 2)
#define REG_DBGBVR_EL1(n)	SYS_REG(2, 0, 0, n, 4)
#define REG_DBGBCR_EL1(n)	SYS_REG(2, 0, 0, n, 5)
#define REG_DBGWVR_EL1(n)	SYS_REG(2, 0, 0, n, 6)
#define REG_DBGWCR_EL1(n)	SYS_REG(2, 0, 0, n, 7)
#define REG_OSLSR_EL1		SYS_REG(2, 0, 1, 1, 4)
#define REG_MIDR_EL1		SYS_REG(3, 0, 0, 0, 0)
#define REG_MPIDR_EL1		SYS_REG(3, 0, 0, 0, 5)
#define REG_REVIDR_EL1		SYS_REG(3, 0, 0, 0, 6)
#define REG_ID_AA64PFR0_EL1	SYS_REG(3, 0, 0, 4, 0)
#define REG_ID_AA64PFR1_EL1	SYS_REG(3, 0, 0, 4, 1)
#define REG_ID_AA64ZFR0_EL1	SYS_REG(3, 0, 0, 4, 4)
#define REG_ID_AA64DFR0_EL1	SYS_REG(3, 0, 0, 5, 0)
#define REG_ID_AA64ISAR0_EL1	SYS_REG(3, 0, 0, 6, 0)
#define REG_ID_AA64ISAR1_EL1	SYS_REG(3, 0, 0, 6, 1)
#define REG_ID_AA64MMFR0_EL1	SYS_REG(3, 0, 0, 7, 0)
#define REG_ID_AA64MMFR1_EL1	SYS_REG(3, 0, 0, 7, 1)
#define REG_ID_AA64MMFR2_EL1	SYS_REG(3, 0, 0, 7, 2)
#define REG_SCTLR_EL1		SYS_REG(3, 0, 1, 0, 0)
#define REG_ACTLR_EL1		SYS_REG(3, 0, 1, 0, 1)
#define REG_CPACR_EL1		SYS_REG(3, 0, 1, 0, 2)
#define REG_TTBR0_EL1		SYS_REG(3, 0, 2, 0, 0)
#define REG_TTBR1_EL1		SYS_REG(3, 0, 2, 0, 1)
#define REG_TCR_EL1		SYS_REG(3, 0, 2, 0, 2)
#define REG_AFSR0_EL1		SYS_REG(3, 0, 5, 1, 0)
#define REG_AFSR1_EL1		SYS_REG(3, 0, 5, 1, 1)
#define REG_ESR_EL1		SYS_REG(3, 0, 5, 2, 0)
#define REG_FAR_EL1		SYS_REG(3, 0, 6, 0, 0)
#define REG_PAR_EL1		SYS_REG(3, 0, 7, 4, 0)
#define REG_MAIR_EL1		SYS_REG(3, 0, 10, 2, 0)
#define REG_AMAIR_EL1		SYS_REG(3, 0, 10, 3, 0)
#define REG_VBAR_EL1		SYS_REG(3, 0, 12, 0, 0)
#define REG_CONTEXTIDR_EL1	SYS_REG(3, 0, 13, 0, 1)
#define REG_TPIDR_EL1		SYS_REG(3, 0, 13, 0, 4)
#define REG_CNTKCTL_EL1		SYS_REG(3, 0, 14, 1, 0)
#define REG_CLIDR_EL1		SYS_REG(3, 1, 0, 0, 1)
#define REG_AIDR_EL1		SYS_REG(3, 1, 0, 0, 7)
#define REG_CSSELR_EL1		SYS_REG(3, 2, 0, 0, 0)
#define REG_CTR_EL0		SYS_REG(3, 3, 0, 0, 1)
#define REG_TPIDR_EL0		SYS_REG(3, 3, 13, 0, 2)
#define REG_TPIDRRO_EL0		SYS_REG(3, 3, 13, 0, 3)
#define REG_DACR32_EL2		SYS_REG(3, 4, 3, 0, 0)
#define REG_IFSR32_EL2		SYS_REG(3, 4, 5, 0, 1)
#define REG_FPEXC32_EL2		SYS_REG(3, 4, 5, 3, 0)

/*
 * The instruction that reads (MRS) or writes (MSR) the system register of an id,
 * through x@rt: id and instruction have op0, op1, CRn, CRm and op2 in one order
 * (DDI 0487 C6.2.228, C6.2.230).
 */
#define INSN_MRS(id, rt)	(0xd5200000 | ((u32)((id) & 0xffff) << 5) | (rt))
#define INSN_MSR(id, rt)	(0xd5000000 | ((u32)((id) & 0xffff) << 5) | (rt))

/* A field of an ID register: four bits from @shift. */
#define ID_FIELD(value, shift)	(((value) >> (shift)) & 0xf)

#endif
