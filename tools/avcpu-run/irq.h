/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_IRQ_H
#define AVCPU_RUN_IRQ_H

#include "util.h"

struct vm;

/**
 * struct irq_line - a device's output to the GIC
 * @vm: whose GIC
 * @spi: the input, counted from 0 (INTID 32)
 * @level: as last set
 * @eventfd: edge lines with irqfd: what raises one; -1 otherwise
 */
struct irq_line {
	struct vm *vm;
	unsigned int spi;
	bool level;
	int eventfd;
};

void irq_init(struct irq_line *line, struct vm *vm, unsigned int spi);
int irq_init_edge(struct irq_line *line, struct vm *vm, unsigned int spi);
void irq_destroy(struct irq_line *line);
void irq_set(struct irq_line *line, bool level);
void irq_pulse(struct irq_line *line);

#endif
