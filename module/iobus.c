// SPDX-License-Identifier: GPL-2.0
/*
 * The MMIO bus. Readers, the vCPUs, walk an array under SRCU; whoever adds or
 * removes a device makes a new array and waits until the old one is out of use.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "avcpu.h"

/* Redistributors of 512 vCPUs, and ioeventfds: one for each queue of a device. */
#define MAX_DEVICES	16384

static struct avcpu_io_bus *bus_alloc(u32 count, gfp_t gfp)
{
	struct avcpu_io_bus *bus;

	bus = kvzalloc(struct_size(bus, dev, count), GFP_KERNEL_ACCOUNT | gfp);
	if (bus)
		bus->count = count;
	return bus;
}

static struct avcpu_io_bus *bus_locked(struct avcpu_vm *vm)
{
	return rcu_dereference_protected(vm->bus, lockdep_is_held(&vm->slots_lock));
}

static u64 last_of(const struct avcpu_io_device *dev)
{
	return dev->base + max(dev->len, 1ULL) - 1;
}

/*
 * They only ever move apart: each by itself holds for whoever reads it meanwhile.
 * Beyond the guest's physical addresses nothing is reached.
 */
static void widen_bounds(struct avcpu_vm *vm, const struct avcpu_io_device *dev)
{
	if (dev->base >> vm->ipa_bits)
		return;
	WRITE_ONCE(vm->bus_first, min(vm->bus_first, dev->base));
	WRITE_ONCE(vm->bus_last, max(vm->bus_last, last_of(dev)));
}

static void bus_publish(struct avcpu_vm *vm, struct avcpu_io_bus *bus)
{
	struct avcpu_io_bus *old = bus_locked(vm);
	u32 i;

	for (i = 0; i < bus->count; i++)
		bus->max_len = max(bus->max_len, bus->dev[i]->len);
	rcu_assign_pointer(vm->bus, bus);
	synchronize_srcu_expedited(&vm->srcu);
	kvfree(old);
}

/* The first device whose base lies above @addr. */
static u32 bus_upper_bound(const struct avcpu_io_bus *bus, u64 addr)
{
	u32 low = 0, high = bus->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (bus->dev[mid]->base <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool covers(const struct avcpu_io_device *dev, u64 addr, int len)
{
	u64 offset = addr - dev->base;

	if (!dev->len)
		return !offset;
	return offset < dev->len && len <= dev->len - offset;
}

/**
 * avcpu_io_bus_init() - an empty bus
 * @vm: a VM that nobody else refers to yet
 *
 * Return: 0 or -ENOMEM.
 */
int avcpu_io_bus_init(struct avcpu_vm *vm)
{
	struct avcpu_io_bus *bus = bus_alloc(0, 0);

	vm->bus_first = U64_MAX;
	RCU_INIT_POINTER(vm->bus, bus);
	return bus ? 0 : -ENOMEM;
}

/**
 * avcpu_io_bus_destroy() - let go of all devices
 * @vm: a VM that nobody refers to any more
 */
void avcpu_io_bus_destroy(struct avcpu_vm *vm)
{
	struct avcpu_io_bus *bus = rcu_dereference_protected(vm->bus, 1);
	u32 i;

	if (!bus)
		return;
	for (i = 0; i < bus->count; i++)
		if (bus->dev[i]->ops->destroy)
			bus->dev[i]->ops->destroy(bus->dev[i]);
	kvfree(bus);
	RCU_INIT_POINTER(vm->bus, NULL);
}

/**
 * avcpu_io_bus_cover() - a memory slot is about to appear
 * @vm: its VM
 * @base: guest physical address
 * @size: bytes, not 0
 *
 * Context: vm->slots_lock held.
 */
void avcpu_io_bus_cover(struct avcpu_vm *vm, u64 base, u64 size)
{
	const struct avcpu_io_bus *bus = bus_locked(vm);
	u32 i;

	for (i = 0; i < bus->count; i++)
		if (bus->dev[i]->base <= base + size - 1 && last_of(bus->dev[i]) >= base)
			WRITE_ONCE(vm->bus_covered, true);
}

/**
 * avcpu_io_bus_uncover() - a memory slot, or a device, is not found any more
 * @vm: its VM
 *
 * Context: vm->slots_lock held.
 */
void avcpu_io_bus_uncover(struct avcpu_vm *vm)
{
	const struct avcpu_io_bus *bus = bus_locked(vm);
	bool covered = false;
	u32 i;

	if (!vm->bus_covered)
		return;
	for (i = 0; i < bus->count && !covered; i++)
		covered = avcpu_has_memory(vm, bus->dev[i]->base, last_of(bus->dev[i]));
	WRITE_ONCE(vm->bus_covered, covered);
}

/**
 * avcpu_io_bus_register() - add a device
 * @vm: its VM
 * @dev: the device, stays the caller's; it may overlap others
 *
 * Context: vm->slots_lock held, vm->srcu not held. May sleep.
 * Return: 0, -ENOSPC, -ENOMEM.
 */
int avcpu_io_bus_register(struct avcpu_vm *vm, struct avcpu_io_device *dev)
{
	struct avcpu_io_bus *old = bus_locked(vm);
	struct avcpu_io_bus *bus;
	u32 at;

	if (old->count >= MAX_DEVICES)
		return -ENOSPC;
	bus = bus_alloc(old->count + 1, 0);
	if (!bus)
		return -ENOMEM;
	widen_bounds(vm, dev);
	if (avcpu_has_memory(vm, dev->base, last_of(dev)))
		WRITE_ONCE(vm->bus_covered, true);
	at = bus_upper_bound(old, dev->base);
	memcpy(bus->dev, old->dev, at * sizeof(bus->dev[0]));
	bus->dev[at] = dev;
	memcpy(bus->dev + at + 1, old->dev + at,
	       (old->count - at) * sizeof(bus->dev[0]));
	bus_publish(vm, bus);
	return 0;
}

/**
 * avcpu_io_bus_unregister() - take a device off; nobody calls it on return
 * @vm: its VM
 * @dev: a device, or one that was never registered: then nothing is done
 *
 * Does not call ops->destroy. Cannot fail: the array is small, for what must not fail.
 *
 * Context: vm->slots_lock held, vm->srcu not held. May sleep.
 */
void avcpu_io_bus_unregister(struct avcpu_vm *vm, struct avcpu_io_device *dev)
{
	struct avcpu_io_bus *old = bus_locked(vm);
	struct avcpu_io_bus *bus;
	u32 at;

	/* The VM goes, the bus has gone before what stood on it. */
	if (!old)
		return;
	for (at = 0; at < old->count; at++)
		if (old->dev[at] == dev)
			break;
	if (at == old->count)
		return;
	bus = bus_alloc(old->count - 1, __GFP_NOFAIL);
	memcpy(bus->dev, old->dev, at * sizeof(bus->dev[0]));
	memcpy(bus->dev + at, old->dev + at + 1,
	       (bus->count - at) * sizeof(bus->dev[0]));
	bus_publish(vm, bus);
	avcpu_io_bus_uncover(vm);
}

enum bus_access { BUS_READ, BUS_WRITE, BUS_READ_IN_PLACE, BUS_WRITE_IN_PLACE };

static int dev_access(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev, u64 addr,
		      int len, u64 *val, enum bus_access how)
{
	const struct avcpu_io_ops *ops = dev->ops;

	if (how >= BUS_READ_IN_PLACE && !ops->in_place)
		return -EAGAIN;
	if (how == BUS_READ || how == BUS_READ_IN_PLACE)
		return ops->read(vcpu, dev, addr, len, val);
	return ops->write(vcpu, dev, addr, len, *val);
}

/* Offer an access to all devices that cover it until one takes it. */
static int bus_access(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 *val,
		      enum bus_access how)
{
	const struct avcpu_io_bus *bus = srcu_dereference(vcpu->vm->bus, &vcpu->vm->srcu);
	int ret = -EOPNOTSUPP;
	u32 i;

	for (i = bus_upper_bound(bus, addr); i-- > 0;) {
		struct avcpu_io_device *dev = bus->dev[i];

		/* Those further down begin too far away to reach here. */
		if (addr - dev->base >= max_t(u64, bus->max_len, 1))
			break;
		if (!covers(dev, addr, len))
			continue;
		ret = dev_access(vcpu, dev, addr, len, val, how);
		if (ret != -EOPNOTSUPP)
			break;
	}
	return ret;
}

/**
 * avcpu_io_bus_read() - a guest's load
 * @vcpu: whose it is
 * @addr: guest physical address
 * @len: 1, 2, 4 or 8 bytes
 * @val: what was read
 *
 * Context: vm->srcu held, may sleep.
 * Return: 0 with @val set, -EOPNOTSUPP if no device has it.
 */
int avcpu_io_bus_read(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 *val)
{
	return bus_access(vcpu, addr, len, val, BUS_READ);
}

/**
 * avcpu_io_bus_write() - a guest's store
 * @vcpu: whose it is
 * @addr: guest physical address
 * @len: 1, 2, 4 or 8 bytes
 * @val: what to write
 *
 * Context: vm->srcu held, may sleep.
 * Return: 0, or -EOPNOTSUPP if no device has it.
 */
int avcpu_io_bus_write(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 val)
{
	return bus_access(vcpu, addr, len, &val, BUS_WRITE);
}

/**
 * avcpu_io_bus_in_place() - a guest's access, right after the exit
 * @vcpu: whose it is
 * @addr: guest physical address
 * @len: 1, 2, 4 or 8 bytes
 * @val: a load: what was read; a store: what it stores
 * @write: it is a store
 *
 * Context: IRQs off, the guest's state in the CPU.
 */
enum avcpu_io_in_place avcpu_io_bus_in_place(struct avcpu_vcpu *vcpu, u64 addr, int len,
					     u64 *val, bool write)
{
	struct avcpu_vm *vm = vcpu->vm;
	int idx, ret;

	idx = srcu_read_lock(&vm->srcu);
	ret = bus_access(vcpu, addr, len, val,
			 write ? BUS_WRITE_IN_PLACE : BUS_READ_IN_PLACE);
	srcu_read_unlock(&vm->srcu, idx);
	if (!ret)
		return AVCPU_IO_DONE;
	return ret == -EOPNOTSUPP ? AVCPU_IO_NOBODY : AVCPU_IO_LATER;
}
