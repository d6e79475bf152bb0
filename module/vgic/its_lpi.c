// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of LPIs in guest memory (IHI 0069, 5.1): their configuration, a byte
 * each, one table for all, which is read when an LPI is mapped and when the guest
 * says that it changed; and for each vCPU what is pending, a bit each, read as LPIs
 * are enabled and written when user space wants it there.
 */
#include <linux/bits.h>
#include <linux/sched.h>

#include "its_internal.h"

/* A piece of a table, that neighbours are read by one access. Never straddles a page. */
#define PIECE	64

struct piece {
	u64 gpa;		/* aligned to PIECE; ~0: nothing read yet */
	u8 data[PIECE];
};

static int read_byte(struct avcpu_vm *vm, struct piece *piece, u64 gpa, u8 *val)
{
	u64 start = gpa & ~(u64)(PIECE - 1);
	int ret;

	if (piece->gpa != start) {
		piece->gpa = ~0ULL;
		ret = avcpu_read_guest(vm, start, piece->data, PIECE);
		if (ret)
			return ret;
		piece->gpa = start;
	}
	*val = piece->data[gpa - start];
	return 0;
}

/**
 * avcpu_its_lpi_limit() - the first INTID that the configuration table has not
 * @vm: the VM
 */
u32 avcpu_its_lpi_limit(struct avcpu_vm *vm)
{
	u32 bits = (READ_ONCE(vm->vgic.propbaser) & GICR_PROPBASER_IDBITS_MASK) + 1;

	return BIT(min_t(u32, bits, AVCPU_INTID_BITS_ITS));
}

static int load_config(struct avcpu_vm *vm, struct piece *piece, struct avcpu_irq *irq)
{
	u64 base = GICR_PROPBASER_ADDRESS(READ_ONCE(vm->vgic.propbaser));
	u8 prop;
	int ret;

	ret = read_byte(vm, piece, base + irq->intid - AVCPU_MIN_LPI, &prop);
	if (ret)
		return ret;
	avcpu_lpi_set_config(vm, irq, prop & GENMASK(7, 2), prop & LPI_PROP_ENABLED);
	return 0;
}

/**
 * avcpu_its_load_config() - read an LPI's priority and whether it is enabled
 * @vm: the VM
 * @irq: an LPI, with a reference
 *
 * Context: vm->srcu held; may sleep.
 * Return: 0 or -EFAULT.
 */
int avcpu_its_load_config(struct avcpu_vm *vm, struct avcpu_irq *irq)
{
	struct piece piece = { .gpa = ~0ULL };

	return load_config(vm, &piece, irq);
}

static u64 pending_gpa(struct avcpu_vcpu *vcpu, u32 intid)
{
	return GICR_PENDBASER_ADDRESS(READ_ONCE(vcpu->vgic.pendbaser)) +
	       intid / BITS_PER_BYTE;
}

/**
 * avcpu_its_load_pending() - take over what the pending table says of a new LPI
 * @vm: the VM
 * @irq: an LPI, with a reference
 *
 * A restored LPI is mapped after its redistributor was told to use the table. The
 * bit is cleared there: from here on the state is ours.
 *
 * Context: vm->srcu held; may sleep.
 * Return: 0 or -EFAULT.
 */
int avcpu_its_load_pending(struct avcpu_vm *vm, struct avcpu_irq *irq)
{
	struct avcpu_vcpu *vcpu = READ_ONCE(irq->target);
	u8 bit = BIT(irq->intid % BITS_PER_BYTE);
	u64 gpa;
	u8 val;
	int ret;

	/* As they are enabled, the whole table is read. */
	if (!vcpu || !avcpu_lpis_enabled(vcpu))
		return 0;
	gpa = pending_gpa(vcpu, irq->intid);
	ret = avcpu_read_guest(vm, gpa, &val, sizeof(val));
	if (ret || !(val & bit))
		return ret;
	avcpu_lpi_set_pending(vm, irq, true);
	val &= ~bit;
	return avcpu_write_guest(vm, gpa, &val, sizeof(val));
}

#define for_each_lpi(irq, vm)						\
	for ((irq) = avcpu_lpi_next((vm), AVCPU_MIN_LPI); (irq);	\
	     (irq) = next_lpi((vm), (irq)))

/* A loop that is left early puts its LPI. */
static struct avcpu_irq *next_lpi(struct avcpu_vm *vm, struct avcpu_irq *irq)
{
	u32 intid = irq->intid;

	avcpu_irq_put(irq);
	cond_resched();
	return avcpu_lpi_next(vm, intid + 1);
}

/*
 * GICR_CTLR.EnableLPIs became 1. A byte that cannot be read says that nothing is
 * pending. What was signalled since stays pending.
 */
static void enable(struct avcpu_vcpu *vcpu)
{
	struct piece piece = { .gpa = ~0ULL };
	struct avcpu_vm *vm = vcpu->vm;
	struct avcpu_irq *irq;
	int idx;
	u8 val;

	if (READ_ONCE(vcpu->vgic.pendbaser) & GICR_PENDBASER_PTZ)
		return;
	idx = srcu_read_lock(&vm->srcu);
	for_each_lpi(irq, vm) {
		if (READ_ONCE(irq->target) != vcpu)
			continue;
		if (read_byte(vm, &piece, pending_gpa(vcpu, irq->intid), &val))
			continue;
		if (val & BIT(irq->intid % BITS_PER_BYTE))
			avcpu_lpi_set_pending(vm, irq, true);
	}
	srcu_read_unlock(&vm->srcu, idx);
}

/* It became 0: also those that are not enabled, and so on no queue, are pending no more. */
static void disable(struct avcpu_vcpu *vcpu)
{
	struct avcpu_irq *irq;

	for_each_lpi(irq, vcpu->vm)
		if (READ_ONCE(irq->target) == vcpu)
			avcpu_lpi_set_pending(vcpu->vm, irq, false);
}

static void inv(struct avcpu_vcpu *vcpu, u32 intid)
{
	struct avcpu_vm *vm = vcpu->vm;
	struct avcpu_irq *irq = avcpu_lpi_find(vm, intid);
	int idx;

	if (!irq)
		return;
	idx = srcu_read_lock(&vm->srcu);
	avcpu_its_load_config(vm, irq);
	srcu_read_unlock(&vm->srcu, idx);
	avcpu_irq_put(irq);
}

/**
 * avcpu_its_invall() - read the configuration of all LPIs of a vCPU again
 * @vcpu: whose
 *
 * Context: may sleep.
 */
void avcpu_its_invall(struct avcpu_vcpu *vcpu)
{
	struct piece piece = { .gpa = ~0ULL };
	struct avcpu_vm *vm = vcpu->vm;
	struct avcpu_irq *irq;
	int idx;

	idx = srcu_read_lock(&vm->srcu);
	for_each_lpi(irq, vm)
		if (READ_ONCE(irq->target) == vcpu)
			load_config(vm, &piece, irq);
	srcu_read_unlock(&vm->srcu, idx);
}

static int save_one(struct avcpu_vm *vm, struct avcpu_irq *irq)
{
	u8 bit = BIT(irq->intid % BITS_PER_BYTE);
	unsigned long flags;
	bool pending;
	u64 gpa;
	u8 val;
	int ret;

	flags = avcpu_irq_lock(irq);
	pending = avcpu_irq_is_pending(irq);
	avcpu_irq_unlock(irq, flags);

	gpa = pending_gpa(irq->target, irq->intid);
	ret = avcpu_read_guest(vm, gpa, &val, sizeof(val));
	if (ret || pending == !!(val & bit))
		return ret;
	val ^= bit;
	return avcpu_write_guest(vm, gpa, &val, sizeof(val));
}

/* All vCPUs' mutexes are held: no target changes, and no list register is in use. */
static int save_pending(struct avcpu_vm *vm)
{
	struct avcpu_irq *irq;
	int ret = 0;
	int idx;

	idx = srcu_read_lock(&vm->srcu);
	for_each_lpi(irq, vm) {
		/* Others have no pending table, and nothing pending. */
		if (!irq->target || !avcpu_lpis_enabled(irq->target))
			continue;
		ret = save_one(vm, irq);
		if (ret) {
			avcpu_irq_put(irq);
			break;
		}
	}
	srcu_read_unlock(&vm->srcu, idx);
	return ret;
}

const struct avcpu_lpi_ops avcpu_its_lpi_ops = {
	.enable		= enable,
	.disable	= disable,
	.inv		= inv,
	.invall		= avcpu_its_invall,
	.save_pending	= save_pending,
};
