/* SPDX-License-Identifier: GPL-2.0 */
/* The GIC and its ITS of test VMs: where they are, registers that tests name. */
#ifndef SELFTESTS_ITS_ABI_H
#define SELFTESTS_ITS_ABI_H

/* Where QEMU's virt machine has them; the redistributors are 128 KiB each. */
#define GIC_DIST_BASE		0x08000000
#define GIC_ITS_BASE		0x08080000
#define GIC_REDIST_BASE		0x080a0000

#define GIC_REDIST_SIZE		0x20000
#define GIC_ITS_SIZE		0x20000

#define GIC_SPI_BASE		32
#define GIC_LPI_BASE		8192
#define GIC_SPURIOUS		1023

#define GICD_CTLR		0x0000
#define GICD_ISENABLER		0x0100
#define GICD_IPRIORITYR		0x0400
#define GICD_ICFGR		0x0c00
#define GICD_IROUTER		0x6000

#define GICR_CTLR		0x0000
#define GICR_WAKER		0x0014
#define GICR_PROPBASER		0x0070
#define GICR_PENDBASER		0x0078
#define GICR_CTLR_ENABLE_LPIS	(1 << 0)

#define GITS_CTLR		0x0000
#define GITS_IIDR		0x0004
#define GITS_TYPER		0x0008
#define GITS_CBASER		0x0080
#define GITS_CWRITER		0x0088
#define GITS_CREADR		0x0090
#define GITS_BASER0		0x0100
#define GITS_BASER1		0x0108
#define GITS_PIDR2		0xffe8
#define GITS_TRANSLATER		0x10040

#endif
