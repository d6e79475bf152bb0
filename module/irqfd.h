/* SPDX-License-Identifier: GPL-2.0 */
/* irqfds and GSI routes: what irqfd.c and irqroute.c share. */
#ifndef AVCPU_IRQFD_H
#define AVCPU_IRQFD_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>

#include "vgic/vgic.h"

struct avcpu_vm;
struct avcpu_route;

/* SPIs as an irqchip's pins: INTID - 32 */
#define AVCPU_NR_PINS	(AVCPU_MAX_IRQ - AVCPU_NR_PRIVATE_IRQS)

/**
 * struct avcpu_irqfds - the irqfds of a VM
 *
 * Order of locks: @lock; the wait queue's lock of an eventfd, under which it
 * calls us; @items_lock. vGIC locks are inside all of them. @lock is inside
 * vgic.lock, and nobody sleeps for long while holding it or @srcu.
 *
 * @vm: the VM
 * @srcu: held by readers of vm->irq_routing and of @resampled
 * @lock: changes of vm->irq_routing and of @resampled
 * @resampled: irqfds with a resamplefd
 * @items_lock: @items and @dying; IRQs off
 * @items: irqfds that are assigned
 * @dying: those that are not any more, for
 * @reap: to take them off their eventfds and free them
 */
struct avcpu_irqfds {
	struct avcpu_vm *vm;
	struct srcu_struct srcu;
	struct mutex lock;
	struct list_head resampled;
	spinlock_t items_lock;
	struct list_head items;
	struct list_head dying;
	struct work_struct reap;
};

/* irqfds->lock held */
void avcpu_irqfds_watched(struct avcpu_vm *vm, unsigned long *pins);
void avcpu_irqfds_rewatch(struct avcpu_vm *vm, const unsigned long *before);
bool avcpu_irqfds_reroute(struct avcpu_vm *vm);
int avcpu_route_set(struct avcpu_vm *vm, const struct avcpu_route *route, bool level);

#endif
