// SPDX-License-Identifier: GPL-2.0
/*
 * From a device's write to an interrupt. This is the way that every MSI takes, in
 * whatever context its eventfd was signalled: no lock but the LPI's raw one.
 *
 * A command that unmaps at the same time either is seen, or comes after: the
 * object that was found is still there, but its LPI is only taken if somebody
 * else holds it too.
 */
#include <linux/rculist.h>

#include "its_internal.h"

static struct avcpu_irq *tryget(struct avcpu_irq *irq)
{
	return kref_get_unless_zero(&container_of(irq, struct avcpu_lpi, irq)->refs) ?
	       irq : NULL;
}

/* In an RCU read-side section. */
static struct its_event *find_event(struct avcpu_its *its, u32 devid, u32 id)
{
	struct its_event *event = rcu_dereference(*avcpu_its_recent(its, devid, id));
	struct its_device *device;

	if (event && event->devid == devid && event->id == id)
		return event;
	device = xa_load(&its->devices, devid);
	return device ? xa_load(&device->events, id) : NULL;
}

/**
 * avcpu_its_translate() - the LPI of an event
 * @its: the ITS
 * @devid: any number
 * @eventid: any number
 * @irq: the LPI, with a reference, if 1 is returned
 *
 * Context: any.
 * Return: 1; 0 if it is not mapped; -EBUSY if the ITS is disabled, or the LPIs of
 * the vCPU it goes to.
 */
int avcpu_its_translate(struct avcpu_its *its, u32 devid, u32 eventid,
			struct avcpu_irq **irq)
{
	struct its_event *event;
	struct avcpu_vcpu *vcpu;
	int ret = 0;

	if (!READ_ONCE(its->enabled))
		return -EBUSY;
	rcu_read_lock();
	event = find_event(its, devid, eventid);
	vcpu = event ? READ_ONCE(READ_ONCE(event->collection)->vcpu) : NULL;
	if (!vcpu)
		goto out;
	ret = -EBUSY;
	if (!avcpu_lpis_enabled(vcpu))
		goto out;
	*irq = tryget(event->irq);
	ret = *irq ? 1 : 0;
out:
	rcu_read_unlock();
	return ret;
}

/* ITSs stay as long as the VM does, so the RCU section may end. */
static struct avcpu_its *its_at(struct avcpu_vm *vm, u64 doorbell)
{
	struct avcpu_its *its, *found = NULL;
	u64 base;

	rcu_read_lock();
	list_for_each_entry_rcu(its, &vm->vgic.itss, link) {
		base = READ_ONCE(its->dev.base);
		if (base != AVCPU_NO_ADDR && doorbell >= base &&
		    doorbell - base < AVCPU_ITS_SIZE) {
			found = its;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * avcpu_its_inject_msi() - a device writes to a doorbell
 * @vm: the VM
 * @doorbell: guest physical address, anywhere in the frames of an ITS, as in KVM
 * @devid: of the device
 * @eventid: what it writes
 *
 * Context: any, IRQs off too.
 * Return: 1: its LPI is pending; 0: it is not mapped; -EBUSY: the ITS is disabled,
 * or LPIs are; -EINVAL: no ITS there.
 */
int avcpu_its_inject_msi(struct avcpu_vm *vm, u64 doorbell, u32 devid, u32 eventid)
{
	struct avcpu_its *its = its_at(vm, doorbell);
	struct avcpu_irq *irq;
	int ret;

	if (!its)
		return -EINVAL;
	ret = avcpu_its_translate(its, devid, eventid, &irq);
	if (ret == 1) {
		avcpu_lpi_set_pending(vm, irq, true);
		avcpu_lpi_release(irq);
	}
	return ret;
}
