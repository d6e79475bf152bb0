/* SPDX-License-Identifier: GPL-2.0 */
/* What tests of the interrupt controller and guest/gic.c agree on. */
#ifndef SELFTESTS_GIC_ABI_H
#define SELFTESTS_GIC_ABI_H

#define GIC_MAX_SEEN	1024	/* elements of gic_seen[] */

/* Where QEMU's virt machine has it. */
#define GICD_BASE	0x08000000
#define GICR_BASE	0x080a0000
#define GICR_STRIDE	0x20000
#define GICR_SGI	0x10000

/* Offsets (IHI 0069, 12.8, 12.10); of the redistributor's SGI frame the same. */
#define GICD_CTLR	0x0000
#define GICD_TYPER	0x0004
#define GICD_IIDR	0x0008
#define GICD_TYPER2	0x000c
#define GICD_STATUSR	0x0010
#define GICD_IGROUPR	0x0080
#define GICD_ISENABLER	0x0100
#define GICD_ICENABLER	0x0180
#define GICD_ISPENDR	0x0200
#define GICD_ICPENDR	0x0280
#define GICD_ISACTIVER	0x0300
#define GICD_ICACTIVER	0x0380
#define GICD_IPRIORITYR	0x0400
#define GICD_ITARGETSR	0x0800
#define GICD_ICFGR	0x0c00
#define GICD_IGRPMODR	0x0d00
#define GICD_NSACR	0x0e00
#define GICD_IROUTER	0x6000
#define GICD_PIDR2	0xffe8
#define GICR_CTLR	0x0000
#define GICR_IIDR	0x0004
#define GICR_TYPER	0x0008
#define GICR_STATUSR	0x0010
#define GICR_WAKER	0x0014
#define GICR_PROPBASER	0x0070
#define GICR_PENDBASER	0x0078
#define GICR_PIDR2	0xffe8

#define GICD_CTLR_GRP1	0x02
#define GICD_CTLR_ARE	0x10
#define GICR_CTLR_ENABLE_LPIS	0x01
#define GICR_TYPER_LAST	0x10

#define GIC_SPI_BASE	32
#define GIC_LPI_BASE	8192
#define SPURIOUS_INTID	1023

#endif
