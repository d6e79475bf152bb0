// SPDX-License-Identifier: GPL-2.0
/*
 * ioeventfds: a guest's write to an address signals an eventfd, and its vCPU
 * goes on without an exit to user space.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/slab.h>

#include "avcpu.h"
#include "eventfds.h"

/* Address spaces that no instruction of an arm64 guest reaches. */
#define OTHER_BUSES	(KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY)

/* Of those, which nothing ever comes to. */
#define MAX_OFF_BUS	1000

/**
 * struct ioeventfd - what user space asked for
 * @link: in vm->ioeventfds, under vm->slots_lock
 * @dev: its address and length; on the bus unless @bus is another
 * @eventfd: what is signalled, a reference
 * @bus: bits of OTHER_BUSES, 0: MMIO
 * @datamatch: only a write of @data counts
 * @data: see @datamatch
 */
struct ioeventfd {
	struct list_head link;
	struct avcpu_io_device dev;
	struct eventfd_ctx *eventfd;
	u32 bus;
	bool datamatch;
	u64 data;
};

static int ioeventfd_read(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
			  u64 addr, int len, u64 *val)
{
	return -EOPNOTSUPP;
}

static int ioeventfd_write(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
			   u64 addr, int len, u64 val)
{
	struct ioeventfd *io = container_of(dev, struct ioeventfd, dev);

	if (addr != dev->base || (dev->len && len != dev->len))
		return -EOPNOTSUPP;
	if (io->datamatch && io->data != val)
		return -EOPNOTSUPP;
	eventfd_signal(io->eventfd);
	return 0;
}

/* Where spinlocks sleep, a signal does. */
static const struct avcpu_io_ops ioeventfd_ops = {
	.read		= ioeventfd_read,
	.write		= ioeventfd_write,
	.in_place	= !IS_ENABLED(CONFIG_PREEMPT_RT),
};

/* With PIO and CCW both, KVM means PIO. */
static u32 bus_of(const struct kvm_ioeventfd *args)
{
	if (args->flags & KVM_IOEVENTFD_FLAG_PIO)
		return KVM_IOEVENTFD_FLAG_PIO;
	return args->flags & KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY;
}

/* Could one write be meant for both? */
static bool collide(const struct ioeventfd *a, const struct ioeventfd *b)
{
	if (a->bus != b->bus || a->dev.base != b->dev.base)
		return false;
	if (!a->dev.len || !b->dev.len)
		return true;
	return a->dev.len == b->dev.len &&
	       (!a->datamatch || !b->datamatch || a->data == b->data);
}

static bool same(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->bus == b->bus && a->eventfd == b->eventfd &&
	       a->dev.base == b->dev.base && a->dev.len == b->dev.len &&
	       a->datamatch == b->datamatch &&
	       (!a->datamatch || a->data == b->data);
}

/* vm->slots_lock held; is there room on the list for one that is on no bus? */
static int check_new(struct avcpu_vm *vm, const struct ioeventfd *io)
{
	const struct ioeventfd *other;
	u32 off_bus = 0;

	list_for_each_entry(other, &vm->ioeventfds, link) {
		if (collide(io, other))
			return -EEXIST;
		off_bus += !!other->bus;
	}
	return io->bus && off_bus >= MAX_OFF_BUS ? -ENOSPC : 0;
}

static int add(struct avcpu_vm *vm, struct ioeventfd *io)
{
	int ret;

	mutex_lock(&vm->slots_lock);
	ret = check_new(vm, io);
	if (!ret && !io->bus)
		ret = avcpu_io_bus_register(vm, &io->dev);
	if (!ret)
		list_add_tail(&io->link, &vm->ioeventfds);
	mutex_unlock(&vm->slots_lock);
	return ret;
}

static struct ioeventfd *take_out(struct avcpu_vm *vm, const struct ioeventfd *like)
{
	struct ioeventfd *io, *found = NULL;

	mutex_lock(&vm->slots_lock);
	list_for_each_entry(io, &vm->ioeventfds, link) {
		if (same(io, like)) {
			found = io;
			break;
		}
	}
	if (found) {
		list_del(&found->link);
		if (!found->bus)
			avcpu_io_bus_unregister(vm, &found->dev);
	}
	mutex_unlock(&vm->slots_lock);
	return found;
}

static void ioeventfd_free(struct ioeventfd *io)
{
	eventfd_ctx_put(io->eventfd);
	kfree(io);
}

static int fill(struct ioeventfd *io, const struct kvm_ioeventfd *args)
{
	io->eventfd = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(io->eventfd))
		return PTR_ERR(io->eventfd);
	io->dev.ops = &ioeventfd_ops;
	io->dev.base = args->addr;
	io->dev.len = args->len;
	io->bus = bus_of(args);
	io->datamatch = args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH;
	io->data = args->datamatch;
	return 0;
}

static bool valid(const struct kvm_ioeventfd *args)
{
	/* As long as a store is, or 0 for a store of any length. */
	if (args->len > 8 || hweight32(args->len) > 1)
		return false;
	if (args->addr + args->len < args->addr)
		return false;
	if (args->flags & ~KVM_IOEVENTFD_VALID_FLAG_MASK)
		return false;
	return args->len || !(args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH);
}

static int assign(struct avcpu_vm *vm, const struct kvm_ioeventfd *args)
{
	struct ioeventfd *io;
	int ret;

	if (!valid(args))
		return -EINVAL;
	io = kzalloc(sizeof(*io), GFP_KERNEL_ACCOUNT);
	if (!io)
		return -ENOMEM;
	ret = fill(io, args);
	if (ret)
		goto out_free;
	ret = add(vm, io);
	if (ret)
		goto out_eventfd;
	return 0;

out_eventfd:
	eventfd_ctx_put(io->eventfd);
out_free:
	kfree(io);
	return ret;
}

static int deassign(struct avcpu_vm *vm, const struct kvm_ioeventfd *args)
{
	struct ioeventfd like = {}, *io;
	int ret;

	ret = fill(&like, args);
	if (ret)
		return ret;
	io = take_out(vm, &like);
	eventfd_ctx_put(like.eventfd);
	if (!io)
		return -ENOENT;
	ioeventfd_free(io);
	return 0;
}

/**
 * avcpu_ioeventfd() - KVM_IOEVENTFD
 * @vm: the VM
 * @args: of the ioctl
 *
 * Context: no lock held.
 * Return: 0; -EBADF, -EINVAL for the file or the arguments; -EEXIST if a write
 * could be meant for another one too; -ENOENT if none is there to be deassigned;
 * -ENOSPC, -ENOMEM.
 */
int avcpu_ioeventfd(struct avcpu_vm *vm, const struct kvm_ioeventfd *args)
{
	if (args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN)
		return deassign(vm, args);
	return assign(vm, args);
}

/**
 * avcpu_ioeventfds_destroy() - the VM goes, its bus has gone
 * @vm: the VM
 */
void avcpu_ioeventfds_destroy(struct avcpu_vm *vm)
{
	struct ioeventfd *io, *next;

	list_for_each_entry_safe(io, next, &vm->ioeventfds, link)
		ioeventfd_free(io);
}
