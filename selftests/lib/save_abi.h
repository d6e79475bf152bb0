/* SPDX-License-Identifier: GPL-2.0 */
/* What host/vgic_save_restore.c and its guest agree on. */
#ifndef SELFTESTS_SAVE_ABI_H
#define SELFTESTS_SAVE_ABI_H

/* By priority, the highest first; the INTIDs say nothing about it. */
#define SAVE_GROUP0	41	/* an SPI, 0x40 */
#define SAVE_SGI	3	/* 0x60 */
#define SAVE_LEVEL	40	/* an SPI, 0x80 */
#define SAVE_LPI	8292	/* 0xa0: the tests' LPI */
#define SAVE_TIMER	27	/* 0xb0 */
#define SAVE_EDGE	42	/* an SPI, 0xc0 */
#define SAVE_LATE_SGI	5	/* 0xe0 */
/* The second vCPU's. */
#define SAVE_SGI_ACTIVE	7
#define SAVE_SGI_LAST	8

#endif
