/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's registers that the module keeps, each in one row.
 *
 * Rows of AVCPU_LIVE_REGS stand in the CPU while the vCPU is loaded: moved at
 * load and put, by the instruction in the second column. Under VHE the EL1
 * names of registers that EL2 has too reach the host's, so the guest's are
 * moved by their _EL12 names (DDI 0487, D8 "Virtualization Host Extensions").
 * All others live in memory only and are reached by traps.
 */
#ifndef AVCPU_REGS_H
#define AVCPU_REGS_H

/* X(name in enum avcpu_reg, encoding to move it by): only guests use them, */
#define AVCPU_STAYING_REGS(X)					\
	X(CSSELR_EL1,		SYS_CSSELR_EL1)			\
	X(SCTLR_EL1,		SYS_SCTLR_EL12)			\
	X(CPACR_EL1,		SYS_CPACR_EL12)			\
	X(TTBR0_EL1,		SYS_TTBR0_EL12)			\
	X(TTBR1_EL1,		SYS_TTBR1_EL12)			\
	X(TCR_EL1,		SYS_TCR_EL12)			\
	X(ESR_EL1,		SYS_ESR_EL12)			\
	X(AFSR0_EL1,		SYS_AFSR0_EL12)			\
	X(AFSR1_EL1,		SYS_AFSR1_EL12)			\
	X(FAR_EL1,		SYS_FAR_EL12)			\
	X(MAIR_EL1,		SYS_MAIR_EL12)			\
	X(VBAR_EL1,		SYS_VBAR_EL12)			\
	X(CONTEXTIDR_EL1,	SYS_CONTEXTIDR_EL12)		\
	X(AMAIR_EL1,		SYS_AMAIR_EL12)			\
	X(CNTKCTL_EL1,		SYS_CNTKCTL_EL12)		\
	X(ELR_EL1,		SYS_ELR_EL12)			\
	X(SPSR_EL1,		SYS_SPSR_EL12)			\
	X(SP_EL1,		AVCPU_SYS_SP_EL1)

/* the host does too, or we do (TPIDR_EL1: load.c). */
#define AVCPU_SHARED_REGS(X)					\
	X(PAR_EL1,		SYS_PAR_EL1)			\
	X(TPIDR_EL1,		SYS_TPIDR_EL1)			\
	X(TPIDR_EL0,		SYS_TPIDR_EL0)			\
	X(TPIDRRO_EL0,		SYS_TPIDRRO_EL0)

#define AVCPU_LIVE_REGS(X)					\
	AVCPU_STAYING_REGS(X)					\
	AVCPU_SHARED_REGS(X)

/*
 * Live too, but only where EL1 can be AArch32: elsewhere DACR32_EL2 and
 * IFSR32_EL2 do not exist, AArch32 at EL0 or not (DDI 0487, D19.2).
 */
#define AVCPU_LIVE_REGS_AA32(X)					\
	X(DACR32_EL2,		SYS_DACR32_EL2)			\
	X(IFSR32_EL2,		SYS_IFSR32_EL2)			\
	X(SPSR_ABT,		AVCPU_SYS_SPSR_ABT)		\
	X(SPSR_UND,		AVCPU_SYS_SPSR_UND)		\
	X(SPSR_IRQ,		AVCPU_SYS_SPSR_IRQ)		\
	X(SPSR_FIQ,		AVCPU_SYS_SPSR_FIQ)

#define AVCPU_MEMORY_REGS(X)					\
	X(MPIDR_EL1)						\
	X(CLIDR_EL1)						\
	X(ACTLR_EL1)						\
	X(DISR_EL1)						\
	X(MDSCR_EL1)						\
	X(MDCCINT_EL1)						\
	X(OSLSR_EL1)						\
	X(DBGVCR32_EL2)						\
	X(FPEXC32_EL2)						\
	X(CNTV_CTL_EL0)						\
	X(CNTV_CVAL_EL0)					\
	X(CNTP_CTL_EL0)						\
	X(CNTP_CVAL_EL0)

#endif
