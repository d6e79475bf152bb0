// SPDX-License-Identifier: GPL-2.0
/* A redistributor's registers: RD frame and SGI frame (IHI 0069, 12.10, 12.11). */
#include <linux/bitfield.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <asm/cputype.h>

#include "../arch/arch.h"
#include "mmio.h"

#define IIDR		(0x4bU << 24 | 0x43b)

/* vgic.rd_ctlr */
#define LPIS_OFF	0
#define LPIS_ON		1
#define LPIS_GOING	2	/* GICR_CTLR.RWP: being disabled */

static u64 read_ctlr(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	static const u32 bits[] = { 0, GICR_CTLR_ENABLE_LPIS, GICR_CTLR_RWP };
	u64 val = bits[atomic_read(&vcpu->vgic.rd_ctlr)];

	/* INVLPIR and INVALLR work, and EnableLPIs can be cleared again. */
	if (vcpu->vm->vgic.revision >= 3)
		val |= GICR_CTLR_IR | GICR_CTLR_CES;
	return val;
}

/*
 * Several vCPUs may write it at once: who wins the exchange does the work, and
 * while that is disabling, no one can enable.
 */
static void write_ctlr(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	/* Acquire: see avcpu_vgic_has_its(). */
	const struct avcpu_lpi_ops *ops = smp_load_acquire(&vcpu->vm->vgic.lpi_ops);
	atomic_t *ctlr = &vcpu->vgic.rd_ctlr;

	if (!ops)
		return;
	if (val & GICR_CTLR_ENABLE_LPIS) {
		if (atomic_cmpxchg_acquire(ctlr, LPIS_OFF, LPIS_ON) == LPIS_OFF)
			ops->enable(vcpu);
	} else if (atomic_cmpxchg_acquire(ctlr, LPIS_ON, LPIS_GOING) == LPIS_ON) {
		avcpu_lpi_drop_all(vcpu);
		ops->disable(vcpu);
		atomic_set_release(ctlr, LPIS_OFF);
	}
}

static u64 read_iidr(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	return IIDR;
}

static u64 read_typer(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	u64 aff = avcpu_arch_mpidr(vcpu) & MPIDR_HWID_BITMASK;
	u64 val = (aff & GENMASK(23, 0)) << 32 | (vcpu->id & 0xffff) << 8;

	if (avcpu_vgic_has_its(&vcpu->vm->vgic))
		val |= GICR_TYPER_PLPIS;
	if (avcpu_vgic_redist_is_last(vcpu))
		val |= GICR_TYPER_LAST;
	return avcpu_vgic_bytes(val, off, len);
}

/*
 * The attributes that a table in guest memory can have here: memory that is not
 * shared with an inner cacheability that is no device's. What cannot be is read
 * back as something near it (12.11.22: IMPLEMENTATION DEFINED which).
 */
u64 avcpu_vgic_sane_attrs(u64 reg, u64 inner, u64 outer, u64 share)
{
	u64 in = (reg & inner) >> __ffs64(inner);
	u64 out = (reg & outer) >> __ffs64(outer);
	u64 sh = (reg & share) >> __ffs64(share);

	if (in == GIC_BASER_CACHE_nCnB || in == GIC_BASER_CACHE_nC)
		in = GIC_BASER_CACHE_RaWb;
	if (out != GIC_BASER_CACHE_SameAsInner && out != GIC_BASER_CACHE_nC)
		out = GIC_BASER_CACHE_SameAsInner;
	if (sh == GIC_BASER_OuterShareable)
		sh = GIC_BASER_InnerShareable;

	reg &= ~(inner | outer | share);
	return reg | in << __ffs64(inner) | out << __ffs64(outer) | sh << __ffs64(share);
}

#define PROPBASER_RES0	(GENMASK_ULL(63, 59) | GENMASK_ULL(55, 52) | GENMASK_ULL(6, 5))
#define PENDBASER_RES0	(BIT_ULL(63) | GENMASK_ULL(61, 59) | GENMASK_ULL(55, 52) | \
			 GENMASK_ULL(15, 12) | GENMASK_ULL(6, 0))

static u64 sane_propbaser(u64 reg)
{
	return avcpu_vgic_sane_attrs(reg & ~PROPBASER_RES0,
				     GICR_PROPBASER_INNER_CACHEABILITY_MASK,
				     GICR_PROPBASER_OUTER_CACHEABILITY_MASK,
				     GICR_PROPBASER_SHAREABILITY_MASK);
}

static u64 sane_pendbaser(u64 reg)
{
	return avcpu_vgic_sane_attrs(reg & ~PENDBASER_RES0,
				     GICR_PENDBASER_INNER_CACHEABILITY_MASK,
				     GICR_PENDBASER_OUTER_CACHEABILITY_MASK,
				     GICR_PENDBASER_SHAREABILITY_MASK);
}

/* With LPIs enabled a write is UNPREDICTABLE (12.11.22): it has no effect. */
static void write_base(struct avcpu_vcpu *vcpu, u64 *reg, u32 off, int len, u64 val,
		       u64 (*sane)(u64 reg))
{
	struct mutex *lock = &vcpu->vm->vgic.lock;

	mutex_lock(lock);
	if (!avcpu_lpis_enabled(vcpu))
		WRITE_ONCE(*reg, sane(avcpu_vgic_merge(*reg, off, len, val)));
	mutex_unlock(lock);
}

/* One for all redistributors: GICR_TYPER.CommonLPIAff is 0. */
static u64 read_propbaser(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	return avcpu_vgic_bytes(READ_ONCE(vcpu->vm->vgic.propbaser), off, len);
}

static void write_propbaser(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	write_base(vcpu, &vcpu->vm->vgic.propbaser, off, len, val, sane_propbaser);
}

static u64 read_pendbaser(struct avcpu_vcpu *vcpu, u32 off, int len)
{
	u64 val = READ_ONCE(vcpu->vgic.pendbaser) & ~GICR_PENDBASER_PTZ;

	return avcpu_vgic_bytes(val, off, len);
}

static void write_pendbaser(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	write_base(vcpu, &vcpu->vgic.pendbaser, off, len, val, sane_pendbaser);
}

/* The upper half is of virtual PEs only, which there are not. */
static const struct avcpu_lpi_ops *inv_ops(struct avcpu_vcpu *vcpu, u32 off)
{
	if (off & 4 || !avcpu_lpis_enabled(vcpu))
		return NULL;
	/* See avcpu_vgic_has_its(). */
	return smp_load_acquire(&vcpu->vm->vgic.lpi_ops);
}

/* Done when the write is: GICR_SYNCR.Busy is always 0. */
static void write_invlpir(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	const struct avcpu_lpi_ops *ops = inv_ops(vcpu, off);

	if (ops && lower_32_bits(val) >= AVCPU_MIN_LPI)
		ops->inv(vcpu, lower_32_bits(val));
}

static void write_invallr(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	const struct avcpu_lpi_ops *ops = inv_ops(vcpu, off);

	if (ops)
		ops->invall(vcpu);
}

static int ignore_write(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val)
{
	return 0;
}

#define RD(reg, size, access, ...)					\
	{ .offset = (reg), .len = (size), .widths = (access), __VA_ARGS__ }
#define SGI(reg, nbits, access, ...)					\
	RD(AVCPU_VGIC_SGI_FRAME + (reg), (nbits) * 4, access, .bits = (nbits), \
	   __VA_ARGS__)

static const struct avcpu_vgic_reg redist_regs[] = {
	RD(GICR_CTLR, 4, AVCPU_W32, .read = read_ctlr, .write = write_ctlr,
	   .flags = AVCPU_REG_WRITE_SLEEPS),
	RD(GICR_IIDR, 4, AVCPU_W32, .read = read_iidr),
	RD(GICR_TYPER, 8, AVCPU_W64 | AVCPU_W32, .read = read_typer,
	   .flags = AVCPU_REG_READ_SLEEPS, .user_write = ignore_write),
	RD(GICR_STATUSR, 4, AVCPU_W32),
	RD(GICR_WAKER, 4, AVCPU_W32),
	RD(GICR_PROPBASER, 8, AVCPU_W64 | AVCPU_W32, .read = read_propbaser,
	   .write = write_propbaser, .flags = AVCPU_REG_WRITE_SLEEPS),
	RD(GICR_PENDBASER, 8, AVCPU_W64 | AVCPU_W32, .read = read_pendbaser,
	   .write = write_pendbaser, .flags = AVCPU_REG_WRITE_SLEEPS),
	RD(GICR_INVLPIR, 8, AVCPU_W64 | AVCPU_W32, .write = write_invlpir,
	   .flags = AVCPU_REG_WRITE_SLEEPS),
	RD(GICR_INVALLR, 8, AVCPU_W64 | AVCPU_W32, .write = write_invallr,
	   .flags = AVCPU_REG_WRITE_SLEEPS),
	RD(GICR_SYNCR, 4, AVCPU_W32),
	RD(GICR_IDREGS, 48, AVCPU_W32, .read = avcpu_vgic_read_pidr),

	SGI(GICR_IGROUPR0, 1, AVCPU_W32, .field = &avcpu_irq_group),
	SGI(GICR_ISENABLER0, 1, AVCPU_W32, .field = &avcpu_irq_senable),
	SGI(GICR_ICENABLER0, 1, AVCPU_W32, .field = &avcpu_irq_cenable),
	SGI(GICR_ISPENDR0, 1, AVCPU_W32, .field = &avcpu_irq_spend,
	    .user_field = &avcpu_irq_latch),
	SGI(GICR_ICPENDR0, 1, AVCPU_W32, .field = &avcpu_irq_cpend,
	    .user_field = &avcpu_irq_raz),
	SGI(GICR_ISACTIVER0, 1, AVCPU_W32, .field = &avcpu_irq_sactive),
	SGI(GICR_ICACTIVER0, 1, AVCPU_W32, .field = &avcpu_irq_cactive),
	SGI(GICR_IPRIORITYR0, 8, AVCPU_W32 | AVCPU_W8, .field = &avcpu_irq_prio),
	SGI(GICR_ICFGR0, 2, AVCPU_W32, .field = &avcpu_irq_config),
	SGI(GICR_IGRPMODR0, 1, AVCPU_W32),
	SGI(GICR_NSACR, 1, AVCPU_W32),
};

static u8 redist_rows[AVCPU_VGIC_REDIST_SIZE / AVCPU_VGIC_GRANULE];

const struct avcpu_vgic_frame avcpu_vgic_redist_frame = {
	.regs = redist_regs, .count = ARRAY_SIZE(redist_regs),
	.size = AVCPU_VGIC_REDIST_SIZE, .first_row = redist_rows,
};
