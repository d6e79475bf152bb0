/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_PL011_H
#define AVCPU_RUN_PL011_H

#include <pthread.h>

#include "bus.h"
#include "console.h"
#include "irq.h"

#define PL011_FIFO	32

/**
 * struct pl011 - Arm's PrimeCell UART (DDI 0183), revision r1p5
 * @lock: guards all that follows
 * @irq: UARTINTR, the OR of the enabled interrupts
 * @con: the other end of the wire
 * @deaf: the console's input goes to another device
 * @listening: the driver takes input by interrupt, see write_imsc()
 * @fifo: receive FIFO
 * @head: next to be written, free running
 * @tail: next to be read, free running
 * @idle_polls: UARTFR reads that found nothing, in a row
 * @ilpr...dmacr: the registers of these names
 * @ris: UARTRIS
 */
struct pl011 {
	pthread_mutex_t lock;
	struct irq_line irq;
	struct console *con;
	bool deaf;
	bool listening;
	u8 fifo[PL011_FIFO];
	unsigned int head;
	unsigned int tail;
	unsigned int idle_polls;
	u32 rsr;
	u32 ilpr;
	u32 ibrd;
	u32 fbrd;
	u32 lcrh;
	u32 cr;
	u32 ifls;
	u32 imsc;
	u32 ris;
	u32 dmacr;
};

extern const struct bus_ops pl011_ops;

void pl011_init(struct pl011 *uart, struct console *con, bool deaf,
		struct vm *vm, unsigned int spi);
void pl011_input(void *uart);

#endif
