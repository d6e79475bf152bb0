// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt lines: level ones through KVM_IRQ_LINE, edges through irqfd where
 * the device offers it. Without a GIC they lead nowhere.
 */
#include "irq.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vm.h"

/**
 * irq_init() - a level-sensitive line, deasserted
 * @line: the line
 * @vm: whose GIC it leads to
 * @spi: the GIC's input
 */
void irq_init(struct irq_line *line, struct vm *vm, unsigned int spi)
{
	*line = (struct irq_line) { .vm = vm, .spi = spi, .eventfd = -1 };
}

/**
 * irq_init_edge() - an edge-triggered line
 * @line: the line
 * @vm: whose GIC it leads to; its GIC exists already, if it gets one
 * @spi: the GIC's input
 *
 * Return: 0, or -1 with the error reported.
 */
int irq_init_edge(struct irq_line *line, struct vm *vm, unsigned int spi)
{
	irq_init(line, vm, spi);
	if (vm->gic < 0 || !vm->has_irqfd)
		return 0;
	line->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (line->eventfd < 0)
		return fail("eventfd: %s", strerror(errno));
	if (vm_irqfd(vm, spi, line->eventfd) < 0)
		return fail("%s: KVM_IRQFD for SPI %u: %s", vm->path, spi,
			    strerror(errno));
	return 0;
}

void irq_destroy(struct irq_line *line)
{
	if (line->eventfd >= 0)
		close(line->eventfd);
	line->eventfd = -1;
}

/* The caller holds the lock of the device whose line it is. */
void irq_set(struct irq_line *line, bool level)
{
	if (line->level == level)
		return;
	line->level = level;
	if (vm_irq_line(line->vm, line->spi, level) < 0)
		fail("%s: KVM_IRQ_LINE for SPI %u: %s", line->vm->path,
		     line->spi, strerror(errno));
}

void irq_pulse(struct irq_line *line)
{
	u64 one = 1;

	if (line->eventfd >= 0) {
		if (write(line->eventfd, &one, sizeof(one)) < 0 && errno != EAGAIN)
			fail("eventfd write: %s", strerror(errno));
	} else if (vm_irq_line(line->vm, line->spi, true) < 0 ||
		   vm_irq_line(line->vm, line->spi, false) < 0) {
		fail("%s: KVM_IRQ_LINE for SPI %u: %s", line->vm->path,
		     line->spi, strerror(errno));
	}
}
