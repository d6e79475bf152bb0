/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's physical address map and interrupt numbers: those of QEMU's
 * "virt" board, so that firmware and kernels built for it run unmodified.
 */
#ifndef AVCPU_RUN_MAP_H
#define AVCPU_RUN_MAP_H

#define MAP_FLASH0_BASE		0x00000000ULL	/* firmware, read-only */
#define MAP_FLASH1_BASE		0x04000000ULL	/* firmware's variables, read-only */
#define MAP_FLASH_SIZE		0x04000000ULL
#define MAP_GICD_BASE		0x08000000ULL
#define MAP_ITS_BASE		0x08080000ULL
#define MAP_GICR_BASE		0x080a0000ULL
#define MAP_GICR_SIZE		0x00f60000ULL
#define MAP_PL011_BASE		0x09000000ULL
#define MAP_PL031_BASE		0x09010000ULL
#define MAP_EXIT_BASE		0x090f0000ULL	/* a hole in the board's map */
#define MAP_VIRTIO_BASE		0x0a000000ULL
#define MAP_VIRTIO_STRIDE	0x200ULL
#define MAP_VIRTIO_MAX		32
#define MAP_RAM_BASE		0x40000000ULL
#define MAP_GICR_HIGH_BASE	0x4000000000ULL	/* redistributors past the first region */

#define MAP_GICD_SIZE		0x10000ULL
#define MAP_ITS_SIZE		0x20000ULL
#define MAP_GICR_STRIDE		0x20000ULL	/* RD_base and SGI_base frames, IHI 0069 12.10 */
#define MAP_DEV_SIZE		0x1000ULL	/* a PrimeCell's register page */

/* Shared peripheral interrupts, counted from 0 (INTID 32). */
#define MAP_SPI_PL011		1
#define MAP_SPI_PL031		2
#define MAP_SPI_VIRTIO		16

#define MAP_NR_IRQS		256	/* INTIDs the GIC is told to have */

/* Private peripheral interrupts, counted from 0 (INTID 16). */
#define MAP_PPI_TIMER_S		13
#define MAP_PPI_TIMER_NS	14
#define MAP_PPI_TIMER_VIRT	11
#define MAP_PPI_TIMER_HYP	10
#define MAP_PPI_TIMER_HYP_VIRT	12
#define MAP_PPI_GIC_MAINT	9	/* for a guest with EL2, KVM's default too */

#endif
