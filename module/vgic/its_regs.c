// SPDX-License-Identifier: GPL-2.0
/*
 * The ITS's registers (IHI 0069, 12.18), as the guest and as user space see them.
 * The translation frame's only register, GITS_TRANSLATER, is for devices: a vCPU
 * that writes to it has no DeviceID, so nothing comes of it.
 */
#include <linux/bitfield.h>

#include "its_internal.h"
#include "mmio.h"

#define IIDR_KVM	('K' << GITS_IIDR_PRODUCTID_SHIFT | 0x43b)

#define BASER_CACHE	(GIC_BASER_CACHEABILITY(GITS_BASER, INNER, RaWb) | \
			 GIC_BASER_CACHEABILITY(GITS_BASER, OUTER, SameAsInner) | \
			 GIC_BASER_SHAREABILITY(GITS_BASER, InnerShareable))
#define BASER_TYPE	GENMASK_ULL(58, 56)
/* What is the same whatever the guest writes. */
#define BASER_FIXED	(BASER_TYPE | GITS_BASER_ENTRY_SIZE_MASK | GITS_BASER_PAGE_SIZE_MASK)

#define CBASER_RES0	(BIT_ULL(62) | GENMASK_ULL(58, 56) | BIT_ULL(52) | \
			 GENMASK_ULL(15, 12) | GENMASK_ULL(9, 8))
#define QUEUE_OFFSET	GENMASK_ULL(19, 5)	/* of GITS_CWRITER, GITS_CREADR */

#define ID_REGS		0xffd0

/**
 * struct its_reg - a register, or an array of registers
 * @offset: in the control frame
 * @len: in bytes
 * @width: of each register, 4 or 8 bytes
 * @read: value of the whole register; @index: which of the array
 * @write: the guest's write, of the whole register; NULL: ignored
 * @user_write: user space's, NULL: as @write; returns 0 or an errno
 *
 * its->lock and vm->srcu are held.
 */
struct its_reg {
	u32 offset;
	u32 len;
	u32 width;
	u64 (*read)(struct avcpu_its *its, u32 index);
	void (*write)(struct avcpu_its *its, u32 index, u64 val);
	int (*user_write)(struct avcpu_its *its, u32 index, u64 val);
};

static u64 read_ctlr(struct avcpu_its *its, u32 index)
{
	u64 val = its->enabled ? GITS_CTLR_ENABLE : 0;

	return its->creadr == its->cwriter ? val | GITS_CTLR_QUIESCENT : val;
}

static bool has_tables(const struct avcpu_its *its)
{
	return its->cbaser & GITS_CBASER_VALID &&
	       its->baser[AVCPU_ITS_DEVICES] & GITS_BASER_VALID &&
	       its->baser[AVCPU_ITS_COLLECTIONS] & GITS_BASER_VALID;
}

/* To enable an ITS without its tables is UNPREDICTABLE: it has no effect. */
static void write_ctlr(struct avcpu_its *its, u32 index, u64 val)
{
	bool enable = val & GITS_CTLR_ENABLE;

	if (enable && !its->enabled && !has_tables(its))
		return;
	WRITE_ONCE(its->enabled, enable);
	avcpu_its_run_queue(its);
}

static u64 read_iidr(struct avcpu_its *its, u32 index)
{
	return IIDR_KVM;
}

/* Its Revision field is that of the tables' layout: there is but 0. */
static int user_write_iidr(struct avcpu_its *its, u32 index, u64 val)
{
	return GITS_IIDR_REV(val) ? -EINVAL : 0;
}

/* PTA, CIL: 0; RDbase is a number, ICIDs have 16 bits. */
static u64 read_typer(struct avcpu_its *its, u32 index)
{
	return GITS_TYPER_PLPIS |
	       FIELD_PREP(GITS_TYPER_ITT_ENTRY_SIZE, AVCPU_ITS_ENTRY - 1) |
	       FIELD_PREP(GITS_TYPER_IDBITS, AVCPU_ITS_ID_BITS - 1) |
	       FIELD_PREP(GITS_TYPER_DEVBITS, AVCPU_ITS_ID_BITS - 1);
}

static u64 read_cbaser(struct avcpu_its *its, u32 index)
{
	return its->cbaser;
}

/* A new queue is empty, whatever the old one was. */
static void write_cbaser(struct avcpu_its *its, u32 index, u64 val)
{
	if (its->enabled)
		return;
	its->cbaser = avcpu_vgic_sane_attrs(val & ~CBASER_RES0,
					    GITS_CBASER_INNER_CACHEABILITY_MASK,
					    GITS_CBASER_OUTER_CACHEABILITY_MASK,
					    GITS_CBASER_SHAREABILITY_MASK);
	its->creadr = 0;
	its->cwriter = 0;
}

static u64 read_cwriter(struct avcpu_its *its, u32 index)
{
	return its->cwriter;
}

static void write_cwriter(struct avcpu_its *its, u32 index, u64 val)
{
	u32 offset = val & QUEUE_OFFSET;

	if (offset >= avcpu_its_queue_size(its))
		return;
	its->cwriter = offset;
	avcpu_its_run_queue(its);
}

static u64 read_creadr(struct avcpu_its *its, u32 index)
{
	return its->creadr;
}

static int user_write_creadr(struct avcpu_its *its, u32 index, u64 val)
{
	u32 offset = val & QUEUE_OFFSET;

	if (its->enabled)
		return -EBUSY;
	if (offset >= avcpu_its_queue_size(its))
		return -EINVAL;
	its->creadr = offset;
	return 0;
}

/* By enum avcpu_its_table: type, entry size, page size. */
static u64 fixed_baser(u32 table)
{
	static const u64 type[] = {
		[AVCPU_ITS_DEVICES]	= GITS_BASER_TYPE_DEVICE,
		[AVCPU_ITS_COLLECTIONS]	= GITS_BASER_TYPE_COLLECTION,
	};

	return FIELD_PREP(BASER_TYPE, type[table]) |
	       FIELD_PREP(GITS_BASER_ENTRY_SIZE_MASK, AVCPU_ITS_ENTRY - 1) |
	       GITS_BASER_PAGE_SIZE_64K;
}

static u64 read_baser(struct avcpu_its *its, u32 index)
{
	return index < AVCPU_ITS_NR_TABLES ? its->baser[index] : 0;
}

/*
 * Another table has other contents, so what the old one held is forgotten. A guest
 * that resumes writes what was there before: then nothing is.
 */
static void write_baser(struct avcpu_its *its, u32 index, u64 val)
{
	if (its->enabled || index >= AVCPU_ITS_NR_TABLES)
		return;
	val = (val & ~BASER_FIXED) | fixed_baser(index);
	if (index == AVCPU_ITS_COLLECTIONS)
		val &= ~GITS_BASER_INDIRECT;
	val = avcpu_vgic_sane_attrs(val, GITS_BASER_INNER_CACHEABILITY_MASK,
				    GITS_BASER_OUTER_CACHEABILITY_MASK,
				    GITS_BASER_SHAREABILITY_MASK);
	if (val == its->baser[index])
		return;
	its->baser[index] = val;
	if (index == AVCPU_ITS_DEVICES)
		avcpu_its_unmap_devices(its);
	else
		avcpu_its_unmap_collections(its);
}

/* IHI 0069, 12.1.5: a GICv3 of Arm's, as KVM's is; a frame of 64 KiB */
static u64 read_id(struct avcpu_its *its, u32 index)
{
	static const u8 id[] = {
		0x40, 0x00, 0x00, 0x00,		/* GITS_PIDR4 .. 7 */
		0x92, 0xb4, 0x3b, 0x00,		/* GITS_PIDR0 .. 3 */
		0x0d, 0xf0, 0x05, 0xb1,		/* GITS_CIDR0 .. 3 */
	};

	return id[index];
}

static const struct its_reg regs[] = {
	{ GITS_CTLR,	4,	4, read_ctlr,		write_ctlr },
	{ GITS_IIDR,	4,	4, read_iidr,		NULL,	user_write_iidr },
	{ GITS_TYPER,	8,	8, read_typer },
	{ GITS_CBASER,	8,	8, read_cbaser,		write_cbaser },
	{ GITS_CWRITER,	8,	8, read_cwriter,	write_cwriter },
	{ GITS_CREADR,	8,	8, read_creadr,		NULL,	user_write_creadr },
	{ GITS_BASER,	0x40,	8, read_baser,		write_baser },
	{ ID_REGS,	0x30,	4, read_id },
};

static const struct its_reg *find_reg(u64 offset)
{
	const struct its_reg *reg;

	for (reg = regs; reg < regs + ARRAY_SIZE(regs); reg++)
		if (offset - reg->offset < reg->len)
			return reg;
	return NULL;
}

/* The guest may access 64-bit registers by halves. NULL: RAZ/WI. */
static const struct its_reg *find_for_guest(u64 offset, int len)
{
	const struct its_reg *reg = find_reg(offset);

	if (!reg || offset & (len - 1))
		return NULL;
	return len == 4 || len == reg->width ? reg : NULL;
}

static struct avcpu_its *its_of(struct avcpu_io_device *dev)
{
	return container_of(dev, struct avcpu_its, dev);
}

static int io_read(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev, u64 addr,
		   int len, u64 *val)
{
	u64 offset = addr - dev->base;
	const struct its_reg *reg = find_for_guest(offset, len);
	struct avcpu_its *its = its_of(dev);

	*val = 0;
	if (!reg)
		return 0;
	offset -= reg->offset;
	mutex_lock(&its->lock);
	*val = reg->read(its, offset / reg->width);
	mutex_unlock(&its->lock);
	if (reg->width == 8)
		*val = avcpu_vgic_bytes(*val, offset, len);
	return 0;
}

static int io_write(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev, u64 addr,
		    int len, u64 val)
{
	u64 offset = addr - dev->base;
	const struct its_reg *reg = find_for_guest(offset, len);
	struct avcpu_its *its = its_of(dev);
	u32 index;

	if (!reg || !reg->write)
		return 0;
	offset -= reg->offset;
	index = offset / reg->width;
	mutex_lock(&its->lock);
	if (len < reg->width)
		val = avcpu_vgic_merge(reg->read(its, index), offset, len, val);
	reg->write(its, index, val);
	mutex_unlock(&its->lock);
	return 0;
}

const struct avcpu_io_ops avcpu_its_io_ops = {
	.read	= io_read,
	.write	= io_write,
};

/**
 * avcpu_its_reset_regs() - to what they are in a new ITS
 * @its: the ITS
 *
 * Context: its->lock held, or nobody knows the ITS yet.
 */
void avcpu_its_reset_regs(struct avcpu_its *its)
{
	u32 i;

	WRITE_ONCE(its->enabled, false);
	its->cbaser = 0;
	its->creadr = 0;
	its->cwriter = 0;
	for (i = 0; i < AVCPU_ITS_NR_TABLES; i++)
		its->baser[i] = BASER_CACHE | fixed_baser(i);
}

/**
 * avcpu_its_has_reg() - KVM_HAS_DEVICE_ATTR of a register
 * @offset: in the control frame
 *
 * Return: 0; -EINVAL if it is not aligned to the registers there; -ENXIO.
 */
int avcpu_its_has_reg(u64 offset)
{
	u64 width = offset < GITS_TYPER || offset >= ID_REGS ? 4 : 8;

	if (offset & (width - 1))
		return -EINVAL;
	return find_reg(offset) ? 0 : -ENXIO;
}

/**
 * avcpu_its_get_reg() - KVM_GET_DEVICE_ATTR of a register, always whole
 * @its: the ITS
 * @offset: one for which avcpu_its_has_reg() is 0
 * @val: its value
 *
 * Context: its->lock and vm->srcu held, no vCPU runs.
 * Return: 0 or -ENXIO.
 */
int avcpu_its_get_reg(struct avcpu_its *its, u64 offset, u64 *val)
{
	const struct its_reg *reg = find_reg(offset);

	if (!reg)
		return -ENXIO;
	*val = reg->read(its, (offset - reg->offset) / reg->width);
	return 0;
}

/**
 * avcpu_its_set_reg() - KVM_SET_DEVICE_ATTR of a register, always whole
 * @its: the ITS
 * @offset: one for which avcpu_its_has_reg() is 0
 * @val: what it shall be
 *
 * Context: its->lock and vm->srcu held, no vCPU runs.
 * Return: 0, also for read-only ones; -EINVAL for a revision of the tables that is
 * not known, and for a GITS_CREADR outside of the queue; -EBUSY for GITS_CREADR
 * while the ITS is enabled; -ENXIO.
 */
int avcpu_its_set_reg(struct avcpu_its *its, u64 offset, u64 val)
{
	const struct its_reg *reg = find_reg(offset);
	u32 index;

	if (!reg)
		return -ENXIO;
	index = (offset - reg->offset) / reg->width;
	if (reg->user_write)
		return reg->user_write(its, index, val);
	if (reg->write)
		reg->write(its, index, val);
	return 0;
}
