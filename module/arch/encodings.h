/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Encodings and fields that some kernel of our range does not name, or names
 * in another way (kernel headers renamed many between 6.1 and 7.3). Ours carry
 * the prefix AVCPU_ so that they can never clash.
 */
#ifndef AVCPU_ENCODINGS_H
#define AVCPU_ENCODINGS_H

#include <linux/bits.h>
#include <asm/sysreg.h>

#define AVCPU_SYS_SP_EL1	sys_reg(3, 4, 4, 1, 0)
#define AVCPU_SYS_SPSR_IRQ	sys_reg(3, 4, 4, 3, 0)
#define AVCPU_SYS_SPSR_ABT	sys_reg(3, 4, 4, 3, 1)
#define AVCPU_SYS_SPSR_UND	sys_reg(3, 4, 4, 3, 2)
#define AVCPU_SYS_SPSR_FIQ	sys_reg(3, 4, 4, 3, 3)

/* HCR_EL2 (DDI 0487, D19.2.48) */
#define AVCPU_HCR_VM		BIT_ULL(0)
#define AVCPU_HCR_SWIO		BIT_ULL(1)
#define AVCPU_HCR_PTW		BIT_ULL(2)
#define AVCPU_HCR_FMO		BIT_ULL(3)
#define AVCPU_HCR_IMO		BIT_ULL(4)
#define AVCPU_HCR_AMO		BIT_ULL(5)
#define AVCPU_HCR_VF		BIT_ULL(6)
#define AVCPU_HCR_VI		BIT_ULL(7)
#define AVCPU_HCR_VSE		BIT_ULL(8)
#define AVCPU_HCR_FB		BIT_ULL(9)
#define AVCPU_HCR_BSU_IS	BIT_ULL(10)
#define AVCPU_HCR_TWI		BIT_ULL(13)
#define AVCPU_HCR_TWE		BIT_ULL(14)
#define AVCPU_HCR_TID1		BIT_ULL(16)
#define AVCPU_HCR_TID2		BIT_ULL(17)
#define AVCPU_HCR_TID3		BIT_ULL(18)
#define AVCPU_HCR_TSC		BIT_ULL(19)
#define AVCPU_HCR_TIDCP		BIT_ULL(20)
#define AVCPU_HCR_TACR		BIT_ULL(21)
#define AVCPU_HCR_TSW		BIT_ULL(22)
#define AVCPU_HCR_TVM		BIT_ULL(26)
#define AVCPU_HCR_TGE		BIT_ULL(27)
#define AVCPU_HCR_RW		BIT_ULL(31)
#define AVCPU_HCR_E2H		BIT_ULL(34)
#define AVCPU_HCR_TLOR		BIT_ULL(35)
#define AVCPU_HCR_TERR		BIT_ULL(36)
#define AVCPU_HCR_APK		BIT_ULL(40)
#define AVCPU_HCR_API		BIT_ULL(41)
#define AVCPU_HCR_FWB		BIT_ULL(46)
#define AVCPU_HCR_FIEN		BIT_ULL(47)
#define AVCPU_HCR_TID4		BIT_ULL(49)
#define AVCPU_HCR_AMVOFFEN	BIT_ULL(51)
#define AVCPU_HCR_ENSCXT	BIT_ULL(53)
#define AVCPU_HCR_ATA		BIT_ULL(56)
#define AVCPU_HCR_TID5		BIT_ULL(58)

#define AVCPU_ISR_A		BIT_ULL(8)	/* ISR_EL1: SError pending */

/* CPTR_EL2 in its E2H form, reached as CPACR_EL1 (D19.2.34) */
#define AVCPU_CPTR_ZEN		GENMASK_ULL(17, 16)
#define AVCPU_CPTR_FPEN		GENMASK_ULL(21, 20)
#define AVCPU_CPTR_SMEN		GENMASK_ULL(25, 24)
#define AVCPU_CPTR_TTA		BIT_ULL(28)
#define AVCPU_CPTR_TAM		BIT_ULL(30)

/* CNTHCTL_EL2 in its E2H form (D19.12.2) */
#define AVCPU_CNTHCTL_EL1PCTEN	BIT_ULL(10)
#define AVCPU_CNTHCTL_EL1PTEN	BIT_ULL(11)
#define AVCPU_SYS_CNTHCTL_EL2	sys_reg(3, 4, 14, 1, 0)
#define AVCPU_SYS_CNTVOFF_EL2	sys_reg(3, 4, 14, 0, 3)
#define AVCPU_SYS_CNTV_CTL_EL02	sys_reg(3, 5, 14, 3, 1)
#define AVCPU_SYS_CNTV_CVAL_EL02 sys_reg(3, 5, 14, 3, 2)
#define AVCPU_SYS_CNTP_CTL_EL02	sys_reg(3, 5, 14, 2, 1)
#define AVCPU_SYS_CNTP_CVAL_EL02 sys_reg(3, 5, 14, 2, 2)

/* MDCR_EL2 (D19.3.18) */
#define AVCPU_SYS_MDCR_EL2	sys_reg(3, 4, 1, 1, 1)
#define AVCPU_MDCR_HPMN		GENMASK_ULL(4, 0)
#define AVCPU_MDCR_TPMCR	BIT_ULL(5)
#define AVCPU_MDCR_TPM		BIT_ULL(6)
#define AVCPU_MDCR_TDE		BIT_ULL(8)
#define AVCPU_MDCR_TDA		BIT_ULL(9)
#define AVCPU_MDCR_TDOSA	BIT_ULL(10)
#define AVCPU_MDCR_TDRA		BIT_ULL(11)
#define AVCPU_MDCR_TPMS		BIT_ULL(14)
#define AVCPU_MDCR_TTRF		BIT_ULL(19)

/* MDSCR_EL1 (D19.3.20): step, breakpoints and watchpoints also at EL1, and at all */
#define AVCPU_MDSCR_SS		BIT_ULL(0)
#define AVCPU_MDSCR_KDE		BIT_ULL(13)
#define AVCPU_MDSCR_MDE		BIT_ULL(15)
#define AVCPU_MDSCR_EXCEPTIONS	(AVCPU_MDSCR_SS | AVCPU_MDSCR_KDE | AVCPU_MDSCR_MDE)

/* VTTBR_EL2, VTCR_EL2 and friends */
#define AVCPU_SYS_VTTBR_EL2	sys_reg(3, 4, 2, 1, 0)
#define AVCPU_SYS_VTCR_EL2	sys_reg(3, 4, 2, 1, 2)
#define AVCPU_SYS_HPFAR_EL2	sys_reg(3, 4, 6, 0, 4)
#define AVCPU_SYS_VMPIDR_EL2	sys_reg(3, 4, 0, 0, 5)
#define AVCPU_SYS_VPIDR_EL2	sys_reg(3, 4, 0, 0, 0)
#define AVCPU_SYS_VSESR_EL2	sys_reg(3, 4, 5, 2, 3)
#define AVCPU_SYS_VDISR_EL2	sys_reg(3, 4, 12, 1, 1)
#define AVCPU_SYS_HSTR_EL2	sys_reg(3, 4, 1, 1, 3)
#define AVCPU_SYS_HCRX_EL2	sys_reg(3, 4, 1, 2, 2)
#define AVCPU_SYS_HFGRTR_EL2	sys_reg(3, 4, 1, 1, 4)
#define AVCPU_SYS_HFGWTR_EL2	sys_reg(3, 4, 1, 1, 5)
#define AVCPU_SYS_HFGITR_EL2	sys_reg(3, 4, 1, 1, 6)
#define AVCPU_SYS_HDFGRTR_EL2	sys_reg(3, 4, 3, 1, 4)
#define AVCPU_SYS_HDFGWTR_EL2	sys_reg(3, 4, 3, 1, 5)
#define AVCPU_HFGWTR_CSSELR	BIT_ULL(13)

/* GIC virtual CPU interface (IHI 0069, 12.4) */
#define AVCPU_SYS_ICH_AP0R(n)	sys_reg(3, 4, 12, 8, (n))
#define AVCPU_SYS_ICH_AP1R(n)	sys_reg(3, 4, 12, 9, (n))
#define AVCPU_SYS_ICC_SRE_EL2	sys_reg(3, 4, 12, 9, 5)
#define AVCPU_ICC_SRE_ENABLE	BIT_ULL(3)	/* 12.2.22 */
#define AVCPU_SYS_ICH_HCR_EL2	sys_reg(3, 4, 12, 11, 0)
#define AVCPU_SYS_ICH_VTR_EL2	sys_reg(3, 4, 12, 11, 1)
#define AVCPU_SYS_ICH_MISR_EL2	sys_reg(3, 4, 12, 11, 2)
#define AVCPU_SYS_ICH_EISR_EL2	sys_reg(3, 4, 12, 11, 3)
#define AVCPU_SYS_ICH_ELRSR_EL2	sys_reg(3, 4, 12, 11, 5)
#define AVCPU_SYS_ICH_VMCR_EL2	sys_reg(3, 4, 12, 11, 7)
#define AVCPU_SYS_ICH_LR(n)	sys_reg(3, 4, 12, 12 + ((n) >> 3), (n) & 7)
#define AVCPU_ICH_HCR_EN	BIT_ULL(0)
#define AVCPU_ICH_HCR_TC	BIT_ULL(10)
#define AVCPU_ICH_HCR_TALL0	BIT_ULL(11)
#define AVCPU_ICH_HCR_TALL1	BIT_ULL(12)
#define AVCPU_ICH_HCR_TDIR	BIT_ULL(14)

/* ICC_SGI1R_EL1 and the two like it (IHI 0069, 12.2.16) */
#define AVCPU_SGI_TARGETS	GENMASK_ULL(15, 0)
#define AVCPU_SGI_AFF1		GENMASK_ULL(23, 16)
#define AVCPU_SGI_INTID		GENMASK_ULL(27, 24)
#define AVCPU_SGI_AFF2		GENMASK_ULL(39, 32)
#define AVCPU_SGI_IRM		BIT_ULL(40)
#define AVCPU_SGI_RS		GENMASK_ULL(47, 44)
#define AVCPU_SGI_AFF3		GENMASK_ULL(55, 48)

#endif
