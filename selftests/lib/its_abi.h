/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ITS of test VMs: where it is, its registers (IHI 0069, 12.19), and the device
 * and event that its_mapped() maps.
 */
#ifndef SELFTESTS_ITS_ABI_H
#define SELFTESTS_ITS_ABI_H

/* Where QEMU's virt machine has it. */
#define GIC_ITS_BASE		0x08080000
#define GIC_ITS_SIZE		0x20000

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

#define DEV			3
#define EVENT			4

#endif
