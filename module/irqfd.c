// SPDX-License-Identifier: GPL-2.0
/*
 * irqfds: who signals an eventfd interrupts the guest.
 *
 * The eventfd calls us with its wait queue locked and IRQs off. All that follows
 * takes raw locks only, up to the vCPU's kick, so the interrupt is injected right
 * there; nothing has to be handed to a thread.
 *
 * An irqfd is taken apart in a thread, for it ends from two sides: by the VMM's
 * word, and as the eventfd's file closes, under that wait queue's lock. Either
 * moves it from items to dying; who comes second leaves it alone. The VMM waits
 * for the thread.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "avcpu.h"
#include "eventfds.h"
#include "irqfd.h"

/**
 * struct irqfd - an eventfd that stands for a GSI
 * @vm: outlives it
 * @link: in items, or in dying if @dying
 * @dying: see @link
 * @gsi: any number; what it leads to is looked up when the eventfd is signalled,
 * @spi: unless its route is that to an SPI, which is this one
 * @eventfd: what is waited for, a reference
 * @resamplefd: what is signalled at the end of interrupt, a reference, or NULL
 * @resample_link: in resampled, if @resamplefd is there
 * @wait: in @eventfd's wait queue
 * @poll: how @wait gets there
 */
struct irqfd {
	struct avcpu_vm *vm;
	struct list_head link;
	bool dying;
	u32 gsi;
	struct avcpu_irq *spi;
	struct eventfd_ctx *eventfd;
	struct eventfd_ctx *resamplefd;
	struct list_head resample_link;
	wait_queue_entry_t wait;
	poll_table poll;
};

static void set_gsi(struct avcpu_vm *vm, u32 gsi, bool level)
{
	const struct avcpu_route *route;
	int idx;

	idx = srcu_read_lock(&vm->irqfds->srcu);
	route = avcpu_gsi_route(vm, gsi);
	if (route)
		avcpu_route_set(vm, route, level);
	srcu_read_unlock(&vm->irqfds->srcu, idx);
}

/* Under the eventfd's lock, or @irqfd is held otherwise. */
static void interrupt(const struct irqfd *irqfd)
{
	struct avcpu_irq *spi = READ_ONCE(irqfd->spi);

	if (spi)
		avcpu_vgic_set_spi(irqfd->vm, spi, true);
	else
		set_gsi(irqfd->vm, irqfd->gsi, true);
}

/* items_lock is held, and the routes are kept. Return: @irqfd led elsewhere before. */
static bool look_for_spi(struct irqfd *irqfd)
{
	const struct avcpu_route *route = avcpu_gsi_route(irqfd->vm, irqfd->gsi);
	struct avcpu_irq *old = irqfd->spi, *spi = NULL;

	if (route && route->type == KVM_IRQ_ROUTING_IRQCHIP)
		spi = avcpu_vgic_spi(irqfd->vm, route->pin + AVCPU_NR_PRIVATE_IRQS);
	WRITE_ONCE(irqfd->spi, spi);
	return old && old != spi;
}

/**
 * avcpu_irqfds_reroute() - the routes have changed
 * @vm: the VM
 *
 * Context: irqfds->lock held.
 * Return: who signals an eventfd at this moment, with IRQs off, may still interrupt
 * by an old route.
 */
bool avcpu_irqfds_reroute(struct avcpu_vm *vm)
{
	struct avcpu_irqfds *irqfds = vm->irqfds;
	struct irqfd *irqfd;
	bool ret = false;

	spin_lock_irq(&irqfds->items_lock);
	list_for_each_entry(irqfd, &irqfds->items, link)
		ret |= look_for_spi(irqfd);
	spin_unlock_irq(&irqfds->items_lock);
	return ret;
}

static void kill_irqfd(struct avcpu_irqfds *irqfds, struct irqfd *irqfd)
{
	lockdep_assert_held(&irqfds->items_lock);
	irqfd->dying = true;
	list_move_tail(&irqfd->link, &irqfds->dying);
	schedule_work(&irqfds->reap);
}

static void hung_up(struct irqfd *irqfd)
{
	struct avcpu_irqfds *irqfds = irqfd->vm->irqfds;
	unsigned long flags;

	spin_lock_irqsave(&irqfds->items_lock, flags);
	/* If it is dying already: its memory stays until we have returned. */
	if (!irqfd->dying)
		kill_irqfd(irqfds, irqfd);
	spin_unlock_irqrestore(&irqfds->items_lock, flags);
}

/* The eventfd's wait queue is locked, IRQs are off. */
static int irqfd_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	__poll_t events = key_to_poll(key);
	u64 count;
	int ret = 0;

	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		interrupt(irqfd);
		ret = 1;
	}
	if (events & EPOLLHUP)
		hung_up(irqfd);
	return ret;
}

static void irqfd_enqueue(struct file *file, wait_queue_head_t *head, poll_table *poll)
{
	struct irqfd *irqfd = container_of(poll, struct irqfd, poll);

	/* First in the queue: a VMM that polls the eventfd too need not wake. */
	add_wait_queue_priority(head, &irqfd->wait);
}

/**
 * avcpu_irqfds_watched() - which pins lead to a resamplefd, by today's routes
 * @vm: the VM
 * @pins: bitmap of AVCPU_NR_PINS, which is filled
 *
 * Context: irqfds->lock held.
 */
void avcpu_irqfds_watched(struct avcpu_vm *vm, unsigned long *pins)
{
	const struct avcpu_route *route;
	struct irqfd *irqfd;

	bitmap_zero(pins, AVCPU_NR_PINS);
	list_for_each_entry(irqfd, &vm->irqfds->resampled, resample_link) {
		route = avcpu_gsi_route(vm, irqfd->gsi);
		if (route && route->type == KVM_IRQ_ROUTING_IRQCHIP)
			__set_bit(route->pin, pins);
	}
}

/**
 * avcpu_irqfds_rewatch() - routes or resampled irqfds have changed: tell the vGIC
 * @vm: the VM
 * @before: from avcpu_irqfds_watched()
 *
 * Context: irqfds->lock held.
 */
void avcpu_irqfds_rewatch(struct avcpu_vm *vm, const unsigned long *before)
{
	DECLARE_BITMAP(after, AVCPU_NR_PINS);
	u32 pin;

	avcpu_irqfds_watched(vm, after);
	for (pin = 0; pin < AVCPU_NR_PINS; pin++)
		if (test_bit(pin, before) != test_bit(pin, after))
			avcpu_vgic_set_resample(vm, pin + AVCPU_NR_PRIVATE_IRQS,
						test_bit(pin, after));
}

/* vgic.on_ack: the guest is done with an SPI, whose line has been lowered. */
static void irqfd_acked(struct avcpu_vm *vm, u32 pin)
{
	struct avcpu_irqfds *irqfds = vm->irqfds;
	const struct avcpu_route *route;
	struct irqfd *irqfd;
	int idx;

	idx = srcu_read_lock(&irqfds->srcu);
	list_for_each_entry_srcu(irqfd, &irqfds->resampled, resample_link,
				 srcu_read_lock_held(&irqfds->srcu)) {
		route = avcpu_gsi_route(vm, irqfd->gsi);
		if (route && route->type == KVM_IRQ_ROUTING_IRQCHIP &&
		    route->pin == pin)
			eventfd_signal(irqfd->resamplefd);
	}
	srcu_read_unlock(&irqfds->srcu, idx);
}

static void resample_begin(struct irqfd *irqfd)
{
	struct avcpu_irqfds *irqfds = irqfd->vm->irqfds;
	DECLARE_BITMAP(before, AVCPU_NR_PINS);

	mutex_lock(&irqfds->lock);
	WRITE_ONCE(irqfd->vm->vgic.on_ack, irqfd_acked);
	avcpu_irqfds_watched(irqfd->vm, before);
	list_add_rcu(&irqfd->resample_link, &irqfds->resampled);
	avcpu_irqfds_rewatch(irqfd->vm, before);
	mutex_unlock(&irqfds->lock);
}

static bool gsi_is_resampled(struct avcpu_irqfds *irqfds, u32 gsi)
{
	struct irqfd *irqfd;

	list_for_each_entry(irqfd, &irqfds->resampled, resample_link)
		if (irqfd->gsi == gsi)
			return true;
	return false;
}

static void resample_end(struct irqfd *irqfd)
{
	struct avcpu_irqfds *irqfds = irqfd->vm->irqfds;
	DECLARE_BITMAP(before, AVCPU_NR_PINS);

	mutex_lock(&irqfds->lock);
	avcpu_irqfds_watched(irqfd->vm, before);
	list_del_rcu(&irqfd->resample_link);
	avcpu_irqfds_rewatch(irqfd->vm, before);
	/* Nobody will lower the line at the guest's end of interrupt any more. */
	if (!gsi_is_resampled(irqfds, irqfd->gsi))
		set_gsi(irqfd->vm, irqfd->gsi, false);
	mutex_unlock(&irqfds->lock);
	synchronize_srcu_expedited(&irqfds->srcu);
}

static void irqfd_free(struct irqfd *irqfd)
{
	if (irqfd->resamplefd) {
		resample_end(irqfd);
		eventfd_ctx_put(irqfd->resamplefd);
	}
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static void irqfds_reap(struct work_struct *work)
{
	struct avcpu_irqfds *irqfds = container_of(work, struct avcpu_irqfds, reap);
	struct irqfd *irqfd, *next;
	LIST_HEAD(dying);
	u64 count;

	spin_lock_irq(&irqfds->items_lock);
	list_splice_init(&irqfds->dying, &dying);
	spin_unlock_irq(&irqfds->items_lock);

	/* Who assigned it may still be at putting it into the wait queue. */
	synchronize_srcu_expedited(&irqfds->srcu);
	list_for_each_entry_safe(irqfd, next, &dying, link) {
		eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
		irqfd_free(irqfd);
	}
}

static int irqfd_add(struct irqfd *irqfd)
{
	struct avcpu_irqfds *irqfds = irqfd->vm->irqfds;
	struct irqfd *item;
	int ret = 0;

	spin_lock_irq(&irqfds->items_lock);
	list_for_each_entry(item, &irqfds->items, link)
		if (item->eventfd == irqfd->eventfd)
			ret = -EBUSY;
	if (!ret) {
		look_for_spi(irqfd);
		list_add_tail(&irqfd->link, &irqfds->items);
	}
	spin_unlock_irq(&irqfds->items_lock);
	return ret;
}

/*
 * From irqfd_add() on it may die: the SRCU section keeps it. The caller holds
 * the file, so that the eventfd does not hang up before it can tell us.
 */
static int irqfd_connect(struct irqfd *irqfd, struct file *file)
{
	struct avcpu_vm *vm = irqfd->vm;
	int idx, ret;

	if (irqfd->resamplefd)
		resample_begin(irqfd);
	idx = srcu_read_lock(&vm->irqfds->srcu);
	ret = irqfd_add(irqfd);
	/* What was signalled before counts as well. */
	if (!ret && (vfs_poll(file, &irqfd->poll) & EPOLLIN))
		interrupt(irqfd);
	srcu_read_unlock(&vm->irqfds->srcu, idx);
	return ret;
}

static struct irqfd *irqfd_alloc(struct avcpu_vm *vm, const struct kvm_irqfd *args,
				 struct file *file)
{
	struct eventfd_ctx *eventfd, *resamplefd = NULL;
	struct irqfd *irqfd;
	int ret = -ENOMEM;

	eventfd = eventfd_ctx_fileget(file);
	if (IS_ERR(eventfd))
		return ERR_CAST(eventfd);
	if (args->flags & KVM_IRQFD_FLAG_RESAMPLE) {
		resamplefd = eventfd_ctx_fdget(args->resamplefd);
		if (IS_ERR(resamplefd)) {
			ret = PTR_ERR(resamplefd);
			goto out_eventfd;
		}
	}
	irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);
	if (!irqfd)
		goto out_resamplefd;

	irqfd->vm = vm;
	irqfd->gsi = args->gsi;
	irqfd->eventfd = eventfd;
	irqfd->resamplefd = resamplefd;
	init_waitqueue_func_entry(&irqfd->wait, irqfd_wake);
	init_poll_funcptr(&irqfd->poll, irqfd_enqueue);
	return irqfd;

out_resamplefd:
	if (resamplefd)
		eventfd_ctx_put(resamplefd);
out_eventfd:
	eventfd_ctx_put(eventfd);
	return ERR_PTR(ret);
}

static int irqfd_assign(struct avcpu_vm *vm, const struct kvm_irqfd *args)
{
	struct irqfd *irqfd;
	struct file *file;
	int ret;

	if (!avcpu_vgic_initialized(&vm->vgic))
		return -EAGAIN;
	file = fget(args->fd);
	if (!file)
		return -EBADF;
	irqfd = irqfd_alloc(vm, args, file);
	if (IS_ERR(irqfd)) {
		ret = PTR_ERR(irqfd);
		goto out;
	}
	ret = irqfd_connect(irqfd, file);
	if (ret)
		irqfd_free(irqfd);
out:
	fput(file);
	return ret;
}

static int irqfd_deassign(struct avcpu_vm *vm, const struct kvm_irqfd *args)
{
	struct avcpu_irqfds *irqfds = vm->irqfds;
	struct eventfd_ctx *eventfd;
	struct irqfd *irqfd, *next;

	eventfd = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);

	spin_lock_irq(&irqfds->items_lock);
	list_for_each_entry_safe(irqfd, next, &irqfds->items, link)
		if (irqfd->eventfd == eventfd && irqfd->gsi == args->gsi)
			kill_irqfd(irqfds, irqfd);
	spin_unlock_irq(&irqfds->items_lock);

	eventfd_ctx_put(eventfd);
	flush_work(&irqfds->reap);
	return 0;
}

/**
 * avcpu_irqfd() - KVM_IRQFD
 * @vm: the VM
 * @args: of the ioctl
 *
 * Once an irqfd is deassigned, it interrupts no more. To deassign one that there
 * is not is no error.
 *
 * Context: no lock held.
 * Return: 0, -EINVAL for unknown flags or a file that is no eventfd, -EAGAIN
 * before the vGIC is initialised, -EBADF, -EBUSY if the eventfd is an irqfd of
 * this VM already, -ENOMEM.
 */
int avcpu_irqfd(struct avcpu_vm *vm, const struct kvm_irqfd *args)
{
	if (args->flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE))
		return -EINVAL;
	if (args->flags & KVM_IRQFD_FLAG_DEASSIGN)
		return irqfd_deassign(vm, args);
	return irqfd_assign(vm, args);
}

/**
 * avcpu_irqfds_init() - a new VM has none
 * @vm: the VM
 *
 * Return: 0 or -ENOMEM.
 */
int avcpu_irqfds_init(struct avcpu_vm *vm)
{
	struct avcpu_irqfds *irqfds;
	int ret;

	irqfds = kzalloc(sizeof(*irqfds), GFP_KERNEL_ACCOUNT);
	if (!irqfds)
		return -ENOMEM;
	ret = init_srcu_struct(&irqfds->srcu);
	if (ret)
		goto out_free;
	mutex_init(&irqfds->lock);
	spin_lock_init(&irqfds->items_lock);
	INIT_LIST_HEAD(&irqfds->resampled);
	INIT_LIST_HEAD(&irqfds->items);
	INIT_LIST_HEAD(&irqfds->dying);
	INIT_WORK(&irqfds->reap, irqfds_reap);
	vm->irqfds = irqfds;
	ret = avcpu_irq_routing_init(vm);
	if (ret)
		goto out_srcu;
	return 0;

out_srcu:
	cleanup_srcu_struct(&irqfds->srcu);
out_free:
	kfree(irqfds);
	return ret;
}

/**
 * avcpu_irqfds_release() - the VM's file is closed
 * @vm: the VM
 *
 * Nobody may interrupt the guest from outside any more, though vCPUs still run.
 *
 * Context: may sleep. No irqfd can be assigned from here on.
 */
void avcpu_irqfds_release(struct avcpu_vm *vm)
{
	struct avcpu_irqfds *irqfds = vm->irqfds;
	struct irqfd *irqfd, *next;

	spin_lock_irq(&irqfds->items_lock);
	list_for_each_entry_safe(irqfd, next, &irqfds->items, link)
		kill_irqfd(irqfds, irqfd);
	spin_unlock_irq(&irqfds->items_lock);
	flush_work(&irqfds->reap);
}

/**
 * avcpu_irqfds_destroy() - the VM goes; avcpu_irqfds_release() came before
 * @vm: the VM
 */
void avcpu_irqfds_destroy(struct avcpu_vm *vm)
{
	avcpu_irq_routing_destroy(vm);
	cleanup_srcu_struct(&vm->irqfds->srcu);
	kfree(vm->irqfds);
}
