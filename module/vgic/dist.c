// SPDX-License-Identifier: GPL-2.0
/* The distributor's registers (IHI 0069, 12.9). */
#include <linux/bitfield.h>
#include <linux/irqchip/arm-gic-v3.h>

#include "mmio.h"

/* Arm's, and KVM's: guests and save files that know KVM's GIC know ours. */
#define IIDR_IMPLEMENTER	0x43b
#define IIDR_PRODUCT		0x4b
#define IIDR_REVISION		GENMASK(15, 12)

#define PIDR2_GICV3		0x3b

/* GICD_CTLR: two security states there are not, and no GICv2 mode either. */
static u64 read_ctlr(const struct avcpu_vgic *vgic)
{
	return GICD_CTLR_DS | GICD_CTLR_ARE_NS |
	       (READ_ONCE(vgic->enabled) ? GICD_CTLR_ENABLE_SS_G1 : 0);
}

static u64 read_typer(const struct avcpu_vgic *vgic)
{
	bool its = avcpu_vgic_has_its(vgic);
	u64 id_bits = its ? AVCPU_INTID_BITS_ITS : 10;

	return ((avcpu_vgic_nr_irqs(vgic) >> 5) - 1) | (id_bits - 1) << 19 |
	       (its ? GICD_TYPER_LPIS : 0);
}

static u64 read_iidr(const struct avcpu_vgic *vgic)
{
	return IIDR_PRODUCT << 24 | FIELD_PREP(IIDR_REVISION, vgic->revision) |
	       IIDR_IMPLEMENTER;
}

static u64 read_head(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	const struct avcpu_vgic *vgic = &vcpu->vm->vgic;

	switch (off) {
	case GICD_CTLR:
		return read_ctlr(vgic);
	case GICD_TYPER:
		return read_typer(vgic);
	case GICD_IIDR:
		return read_iidr(vgic);
	default:
		return 0;
	}
}

/* All that waited for the distributor, or that must not be taken any more. */
static void kick_all(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	struct avcpu_irq_queue *q;
	unsigned long flags;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm) {
		q = &vcpu->vgic.queue;
		raw_spin_lock_irqsave(&q->lock, flags);
		WRITE_ONCE(q->dirty, AVCPU_LRS_DIRTY);
		raw_spin_unlock_irqrestore(&q->lock, flags);
		avcpu_vgic_kick(vcpu);
	}
}

static void write_head(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	struct avcpu_vgic *vgic = &vcpu->vm->vgic;
	bool enable = val & GICD_CTLR_ENABLE_SS_G1;

	if (off != GICD_CTLR)
		return;
	mutex_lock(&vgic->lock);
	if (vgic->enabled != enable) {
		WRITE_ONCE(vgic->enabled, enable);
		kick_all(vcpu->vm);
	}
	mutex_unlock(&vgic->lock);
}

static int user_write_iidr(struct avcpu_vgic *vgic, u32 val)
{
	u32 revision = FIELD_GET(IIDR_REVISION, val);

	if ((read_iidr(vgic) ^ val) & ~IIDR_REVISION)
		return -EINVAL;
	if (revision < AVCPU_VGIC_REV_MIN || revision > AVCPU_VGIC_REV_MAX)
		return -EINVAL;
	vgic->revision = revision;
	return 0;
}

/* No direct injection of SGIs: there is nothing to choose, and later no choice. */
static int user_write_typer2(const struct avcpu_vgic *vgic, u32 val)
{
	if (!val)
		return 0;
	return avcpu_vgic_initialized(vgic) ? -EBUSY : -EINVAL;
}

static int user_write_head(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	switch (off) {
	case GICD_TYPER2:
		return user_write_typer2(&vcpu->vm->vgic, val);
	case GICD_IIDR:
		return user_write_iidr(&vcpu->vm->vgic, val);
	default:
		write_head(vcpu, off, len, val);
		return 0;
	}
}

/* As KVM has it; there is nothing behind the register. */
static u64 read_statusr(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	return GENMASK(31, 0);
}

static struct avcpu_irq *irouter_irq(struct avcpu_vcpu *vcpu, u32 off)
{
	return avcpu_irq_get(vcpu->vm, NULL, AVCPU_NR_PRIVATE_IRQS + off / 8);
}

/* Aff3 and Interrupt_Routing_Mode are RAZ/WI (IHI 0069, 12.9.22). */
static u64 read_irouter(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	struct avcpu_irq *irq = irouter_irq(vcpu, off);

	return irq ? avcpu_vgic_bytes(READ_ONCE(irq->mpidr), off, len) : 0;
}

static void write_irouter(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	struct avcpu_irq *irq = irouter_irq(vcpu, off);
	struct avcpu_vcpu *target;
	unsigned long flags;
	u32 aff;

	if (!irq || off & 4)
		return;
	aff = val & GENMASK(23, 0);
	target = avcpu_vgic_vcpu_by_aff(vcpu->vm, aff);

	flags = avcpu_irq_lock(irq);
	WRITE_ONCE(irq->mpidr, aff);
	irq->target = target;
	avcpu_irq_update_unlock(vcpu->vm, irq, flags);
}

u64 avcpu_vgic_read_pidr(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	return off == GICD_PIDR2 - GICD_IDREGS ? PIDR2_GICV3 : 0;
}

/*
 * An array with a field for every interrupt. Those of SGIs and PPIs are in the
 * redistributors: here they are RAZ/WI, since affinity routing is always on.
 */
#define FIELDS(reg, nbits, access, ...)					\
	{								\
		.offset = (reg), .len = (nbits) * 4, .bits = (nbits),	\
		.widths = (access),					\
	}, {								\
		.offset = (reg) + (nbits) * 4, .len = (nbits) * 124,	\
		.bits = (nbits), .first = AVCPU_NR_PRIVATE_IRQS,	\
		.widths = (access),					\
		__VA_ARGS__						\
	}

static const struct avcpu_vgic_reg dist_regs[] = {
	{
		.offset = GICD_CTLR, .len = 16, .widths = AVCPU_W32,
		.flags = AVCPU_REG_WRITE_SLEEPS,
		.read = read_head, .write = write_head,
		.user_write = user_write_head,
	}, {
		.offset = GICD_STATUSR, .len = 4, .widths = AVCPU_W32,
		.read = read_statusr,
	},
	FIELDS(GICD_IGROUPR, 1, AVCPU_W32, .field = &avcpu_irq_group),
	FIELDS(GICD_ISENABLER, 1, AVCPU_W32, .field = &avcpu_irq_senable),
	FIELDS(GICD_ICENABLER, 1, AVCPU_W32, .field = &avcpu_irq_cenable),
	FIELDS(GICD_ISPENDR, 1, AVCPU_W32, .field = &avcpu_irq_spend,
	       .user_field = &avcpu_irq_latch),
	FIELDS(GICD_ICPENDR, 1, AVCPU_W32, .field = &avcpu_irq_cpend,
	       .user_field = &avcpu_irq_raz),
	FIELDS(GICD_ISACTIVER, 1, AVCPU_W32, .field = &avcpu_irq_sactive),
	FIELDS(GICD_ICACTIVER, 1, AVCPU_W32, .field = &avcpu_irq_cactive),
	FIELDS(GICD_IPRIORITYR, 8, AVCPU_W32 | AVCPU_W8, .field = &avcpu_irq_prio),
	FIELDS(GICD_ITARGETSR, 8, AVCPU_W32 | AVCPU_W8),
	FIELDS(GICD_ICFGR, 2, AVCPU_W32, .field = &avcpu_irq_config),
	FIELDS(GICD_IGRPMODR, 1, AVCPU_W32),
	FIELDS(GICD_IROUTER, 64, AVCPU_W64 | AVCPU_W32,
	       .read = read_irouter, .write = write_irouter),
	{
		.offset = GICD_IDREGS, .len = 48, .widths = AVCPU_W32,
		.read = avcpu_vgic_read_pidr,
	},
};

static u8 dist_rows[AVCPU_VGIC_DIST_SIZE / AVCPU_VGIC_GRANULE];

const struct avcpu_vgic_frame avcpu_vgic_dist_frame = {
	.regs = dist_regs, .count = ARRAY_SIZE(dist_regs),
	.size = AVCPU_VGIC_DIST_SIZE, .first_row = dist_rows,
};
