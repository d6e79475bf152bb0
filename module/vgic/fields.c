// SPDX-License-Identifier: GPL-2.0
/*
 * What the registers of the distributor and the redistributors are made of: a
 * property of an interrupt, read and written.
 *
 * While an interrupt is in a list register, the guest may be taking or ending it
 * this moment. A change to its pending or active state is then left as a command,
 * to which the vCPU comes when it folds that list register.
 */
#include "mmio.h"

/* @irq's property as the expression has it, of each of @count interrupts, packed. */
#define FIELD_GETTER(name, bits, expr)					\
static u32 get_##name(const struct avcpu_irq *irq, unsigned int count)	\
{									\
	u32 val = 0, shift = 0;						\
									\
	for (; count; count--, irq++, shift += (bits))			\
		val |= (u32)(expr) << shift;				\
	return val;							\
}

FIELD_GETTER(group, 1, irq->group1)

static void set_group(struct avcpu_irq *irq, u32 val)
{
	irq->group1 = val;
}

FIELD_GETTER(enabled, 1, irq->enabled)

static void set_enabled(struct avcpu_irq *irq, u32 val)
{
	irq->enabled = true;
}

static void clear_enabled(struct avcpu_irq *irq, u32 val)
{
	irq->enabled = false;
}

FIELD_GETTER(pending, 1, avcpu_irq_is_pending(irq))

static void set_pending(struct avcpu_irq *irq, u32 val)
{
	irq->latch = true;
}

static void clear_pending(struct avcpu_irq *irq, u32 val)
{
	irq->latch = false;
	if (irq->in_lr)
		irq->cmd |= AVCPU_IRQ_CLEAR_PEND;
}

FIELD_GETTER(active, 1, irq->active)

static void set_active(struct avcpu_irq *irq, u32 val)
{
	if (irq->in_lr) {
		irq->cmd &= ~AVCPU_IRQ_CLEAR_ACTIVE;
		irq->cmd |= AVCPU_IRQ_SET_ACTIVE;
	} else {
		irq->active = true;
	}
}

static void clear_active(struct avcpu_irq *irq, u32 val)
{
	if (irq->in_lr) {
		irq->cmd &= ~AVCPU_IRQ_SET_ACTIVE;
		irq->cmd |= AVCPU_IRQ_CLEAR_ACTIVE;
	} else {
		irq->active = false;
	}
}

FIELD_GETTER(prio, 8, irq->priority)

static void set_prio(struct avcpu_irq *irq, u32 val)
{
	irq->priority = val & GENMASK(7, 8 - AVCPU_PRI_BITS);
}

FIELD_GETTER(config, 2, irq->edge ? 2 : 0)

/*
 * SGIs are edge-triggered. That PPIs cannot be changed is IMPLEMENTATION DEFINED
 * (IHI 0069, 12.11.7): the devices behind ours are level-triggered.
 */
static void set_config(struct avcpu_irq *irq, u32 val)
{
	if (irq->intid >= AVCPU_NR_PRIVATE_IRQS)
		irq->edge = val & 2;
}

FIELD_GETTER(latch, 1, irq->latch)

static void set_latch(struct avcpu_irq *irq, u32 val)
{
	irq->latch = val;
}

FIELD_GETTER(line, 1, irq->line && !irq->edge)

static void set_line(struct avcpu_irq *irq, u32 val)
{
	irq->line = val;
}

static u32 get_zero(const struct avcpu_irq *irq, unsigned int count)
{
	return 0;
}

static void ignore(struct avcpu_irq *irq, u32 val)
{
}

const struct avcpu_irq_field avcpu_irq_group = {
	.bits = 1, .get = get_group, .set = set_group,
};

const struct avcpu_irq_field avcpu_irq_senable = {
	.bits = 1, .ones = true, .get = get_enabled, .set = set_enabled,
};

const struct avcpu_irq_field avcpu_irq_cenable = {
	.bits = 1, .ones = true, .get = get_enabled, .set = clear_enabled,
};

const struct avcpu_irq_field avcpu_irq_spend = {
	.bits = 1, .ones = true, .hw_state = true,
	.get = get_pending, .set = set_pending,
};

const struct avcpu_irq_field avcpu_irq_cpend = {
	.bits = 1, .ones = true, .hw_state = true,
	.get = get_pending, .set = clear_pending,
};

const struct avcpu_irq_field avcpu_irq_sactive = {
	.bits = 1, .ones = true, .hw_state = true,
	.get = get_active, .set = set_active,
};

const struct avcpu_irq_field avcpu_irq_cactive = {
	.bits = 1, .ones = true, .hw_state = true,
	.get = get_active, .set = clear_active,
};

const struct avcpu_irq_field avcpu_irq_prio = {
	.bits = 8, .get = get_prio, .set = set_prio,
};

const struct avcpu_irq_field avcpu_irq_config = {
	.bits = 2, .get = get_config, .set = set_config,
};

/*
 * User space sees and sets the latch alone, apart from the line: the two together
 * are the state to save. It writes both values by GICD_ISPENDR; GICD_ICPENDR is
 * RAZ/WI to it.
 */
const struct avcpu_irq_field avcpu_irq_latch = {
	.bits = 1, .get = get_latch, .set = set_latch,
};

const struct avcpu_irq_field avcpu_irq_raz = {
	.bits = 1, .ones = true, .get = get_zero, .set = ignore,
};

/* KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO */
const struct avcpu_irq_field avcpu_irq_line = {
	.bits = 1, .get = get_line, .set = set_line,
};
