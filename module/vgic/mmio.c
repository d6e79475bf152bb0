// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to the register frames: by the guest, from the bus or in place, and by
 * user space. Which register does what stands in the tables of dist.c, redist.c.
 *
 * What the tables do not have, or not in that width, is RAZ/WI, for user space
 * too; KVM_HAS_DEVICE_ATTR tells it what is there.
 */
#include <linux/init.h>
#include <linux/smp.h>

#include "mmio.h"

/* @len bytes from byte @off of @reg */
u64 avcpu_vgic_bytes(u64 reg, u32 off, int len)
{
	return reg >> ((off & 7) * 8) & GENMASK_ULL(len * 8 - 1, 0);
}

/* @reg with @len bytes from byte @off set to @val */
u64 avcpu_vgic_merge(u64 reg, u32 off, int len, u64 val)
{
	u64 mask = GENMASK_ULL(len * 8 - 1, 0) << ((off & 7) * 8);

	return (reg & ~mask) | (val << ((off & 7) * 8) & mask);
}

static u32 reg_intid(const struct avcpu_vgic_reg *reg, u32 off)
{
	return reg->first + off * 8 / reg->bits;
}

static void __init index_frame(const struct avcpu_vgic_frame *frame)
{
	unsigned int row = 0;
	u32 offset;

	for (offset = 0; offset < frame->size; offset += AVCPU_VGIC_GRANULE) {
		while (row + 1 < frame->count && frame->regs[row + 1].offset <= offset)
			row++;
		frame->first_row[offset / AVCPU_VGIC_GRANULE] = row;
	}
}

/* At module init */
void __init avcpu_vgic_frames_init(void)
{
	index_frame(&avcpu_vgic_dist_frame);
	index_frame(&avcpu_vgic_redist_frame);
}

/**
 * avcpu_vgic_find_reg() - the table's row for an access, NULL: it is RAZ/WI
 * @vm: the VM
 * @frame: dist or redist
 * @offset: in the frame, in bytes
 * @len: bytes accessed
 */
const struct avcpu_vgic_reg *avcpu_vgic_find_reg(const struct avcpu_vm *vm,
						 const struct avcpu_vgic_frame *frame,
						 u32 offset, int len)
{
	const struct avcpu_vgic_reg *reg;
	unsigned int row;

	/* User space may name any. */
	if (offset >= frame->size)
		return NULL;
	row = frame->first_row[offset / AVCPU_VGIC_GRANULE];
	while (row + 1 < frame->count && frame->regs[row + 1].offset <= offset)
		row++;
	reg = &frame->regs[row];
	if (offset < reg->offset || offset >= reg->offset + reg->len)
		return NULL;
	if (!(reg->widths & len) || offset & (len - 1))
		return NULL;
	if (reg->bits &&
	    reg_intid(reg, offset - reg->offset) >= avcpu_vgic_nr_irqs(&vm->vgic))
		return NULL;
	return reg;
}

/* The interrupts from @intid on lie in one array: blocks do not straddle 32. */
static struct avcpu_irq *irq_array(struct avcpu_vcpu *vcpu, u32 intid)
{
	return avcpu_irq_get(vcpu->vm, vcpu, intid);
}

static void no_op(void *unused)
{
}

/*
 * Have @vcpu fold its list registers: if its guest runs, the interrupt brings it
 * out, and it folds them before it lets that interrupt in. IRQs on.
 */
static void refresh(struct avcpu_vcpu *vcpu)
{
	int cpu = READ_ONCE(vcpu->cpu);

	if (cpu >= 0)
		smp_call_function_single(cpu, no_op, NULL, 1);
}

static void refresh_irqs(const struct avcpu_irq *irq, unsigned int count)
{
	struct avcpu_vcpu *vcpu, *last = NULL;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!READ_ONCE(irq[i].in_lr))
			continue;
		vcpu = READ_ONCE(irq[i].home)->vcpu;
		if (vcpu && vcpu != last)
			refresh(vcpu);
		last = vcpu;
	}
}

/**
 * avcpu_vgic_get_field() - @count interrupts' @field, packed, from @intid on
 * @vcpu: whose SGIs and PPIs
 * @field: which property
 * @intid: the first
 * @count: of interrupts
 *
 * @count * field->bits is at most 32.
 */
u32 avcpu_vgic_get_field(struct avcpu_vcpu *vcpu, const struct avcpu_irq_field *field,
			 u32 intid, unsigned int count)
{
	const struct avcpu_irq *irq = irq_array(vcpu, intid);

	return irq ? field->get(irq, count) : 0;
}

static void set_one(struct avcpu_vcpu *vcpu, const struct avcpu_irq_field *field,
		    struct avcpu_irq *irq, u32 val)
{
	unsigned long flags = avcpu_irq_lock(irq);

	field->set(irq, val);
	avcpu_irq_update_unlock(vcpu->vm, irq, flags);
}

/**
 * avcpu_vgic_set_field() - the same, set
 * @vcpu: whose SGIs and PPIs
 * @field: which property
 * @intid: the first
 * @count: of interrupts
 * @val: their values, packed, and nothing else
 */
void avcpu_vgic_set_field(struct avcpu_vcpu *vcpu, const struct avcpu_irq_field *field,
			  u32 intid, unsigned int count, u32 val)
{
	struct avcpu_irq *irq = irq_array(vcpu, intid);
	u32 mask;

	if (!irq)
		return;
	if (field->ones) {
		for (; val; val &= val - 1)
			set_one(vcpu, field, irq + __ffs(val), 1);
		return;
	}
	mask = GENMASK(field->bits - 1, 0);
	for (; count; count--, irq++, val >>= field->bits)
		set_one(vcpu, field, irq, val & mask);
}

static u64 reg_read(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_reg *reg,
		    const struct avcpu_irq_field *field, u32 off, int len)
{
	if (field)
		return avcpu_vgic_get_field(vcpu, field, reg_intid(reg, off),
					    len * 8 / reg->bits);
	return reg->read ? reg->read(vcpu, off, len) : 0;
}

/* @val has @len bytes. */
static void reg_write(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_reg *reg,
		      const struct avcpu_irq_field *field, u32 off, int len, u64 val)
{
	if (field)
		avcpu_vgic_set_field(vcpu, field, reg_intid(reg, off),
				     len * 8 / reg->bits, val);
	else if (reg->write)
		reg->write(vcpu, off, len, val);
}

/*
 * The state of interrupts that are in list registers is known only once these
 * have been folded: @vcpu's own, and those of others by interrupting them.
 */
static bool in_lrs(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_reg *reg,
		   u32 off, int len)
{
	unsigned int i, count = len * 8 / reg->bits;
	const struct avcpu_irq *irq = irq_array(vcpu, reg_intid(reg, off));

	for (i = 0; irq && i < count; i++)
		if (READ_ONCE(irq[i].in_lr))
			return true;
	return false;
}

/* The line of a PPI may be that of a timer, which is looked at on the way out. */
static bool known_in_place(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_reg *reg,
			   u32 off, int len)
{
	return reg_intid(reg, off) >= AVCPU_NR_PRIVATE_IRQS &&
	       !in_lrs(vcpu, reg, off, len);
}

static void frame_read(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_frame *frame,
		       u32 offset, int len, u64 *val)
{
	const struct avcpu_vgic_reg *reg;
	u32 off;

	*val = 0;
	reg = avcpu_vgic_find_reg(vcpu->vm, frame, offset, len);
	if (!reg)
		return;
	off = offset - reg->offset;
	if (reg->field && reg->field->hw_state)
		refresh_irqs(irq_array(vcpu, reg_intid(reg, off)),
			     len * 8 / reg->bits);
	*val = reg_read(vcpu, reg, reg->field, off, len);
}

static void frame_write(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_frame *frame,
			u32 offset, int len, u64 val)
{
	const struct avcpu_vgic_reg *reg;

	reg = avcpu_vgic_find_reg(vcpu->vm, frame, offset, len);
	if (reg)
		reg_write(vcpu, reg, reg->field, offset - reg->offset, len, val);
}

static int dist_read(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		     u64 addr, int len, u64 *val)
{
	frame_read(vcpu, &avcpu_vgic_dist_frame, addr - dev->base, len, val);
	return 0;
}

static int dist_write(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		      u64 addr, int len, u64 val)
{
	frame_write(vcpu, &avcpu_vgic_dist_frame, addr - dev->base, len, val);
	return 0;
}

const struct avcpu_io_ops avcpu_vgic_dist_ops = {
	.read = dist_read,
	.write = dist_write,
};

/* Whose redistributor it is, which need not be the one that accesses it. */
static struct avcpu_vcpu *redist_vcpu(struct avcpu_io_device *dev)
{
	return container_of(dev, struct avcpu_vcpu, vgic.rd);
}

static int redist_read(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		       u64 addr, int len, u64 *val)
{
	frame_read(redist_vcpu(dev), &avcpu_vgic_redist_frame, addr - dev->base, len,
		   val);
	return 0;
}

static int redist_write(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
			u64 addr, int len, u64 val)
{
	frame_write(redist_vcpu(dev), &avcpu_vgic_redist_frame, addr - dev->base, len,
		    val);
	return 0;
}

const struct avcpu_io_ops avcpu_vgic_redist_ops = {
	.read = redist_read,
	.write = redist_write,
};

/*
 * The register that @vcpu accesses at @addr, in the distributor or in its own
 * redistributor: neither moves any more once the vGIC is ready.
 */
static const struct avcpu_vgic_reg *find_in_place(struct avcpu_vcpu *vcpu, u64 addr,
						  int len, u32 *off)
{
	const struct avcpu_vgic_frame *frame = &avcpu_vgic_redist_frame;
	struct avcpu_vgic *vgic = &vcpu->vm->vgic;
	u64 offset = addr - vcpu->vgic.rd.base;
	const struct avcpu_vgic_reg *reg;

	/* Pairs with avcpu_vgic_map_resources(): the frames are in their places. */
	if (!smp_load_acquire(&vgic->ready))
		return NULL;
	if (offset >= AVCPU_VGIC_REDIST_SIZE) {
		frame = &avcpu_vgic_dist_frame;
		offset = addr - vgic->dist.base;
		if (offset >= AVCPU_VGIC_DIST_SIZE)
			return NULL;
	}
	reg = avcpu_vgic_find_reg(vcpu->vm, frame, offset, len);
	if (reg)
		*off = offset - reg->offset;
	return reg;
}

/**
 * avcpu_vgic_read_in_place() - the guest reads a register of the vGIC
 * @vcpu: the vCPU
 * @len: of the access in bytes: 1, 2, 4 or 8
 * @val: what is read
 * @addr: guest physical; @len: 1, 2, 4 or 8; @val: little-endian value
 *
 * By the vCPU's thread, right after the exit: IRQs off, the guest's state in the
 * CPU. Return: false if it is for the bus, avcpu_io_bus_read(), to find out.
 */
bool avcpu_vgic_read_in_place(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 *val)
{
	const struct avcpu_vgic_reg *reg;
	u32 off;

	reg = find_in_place(vcpu, addr, len, &off);
	if (!reg || reg->flags & AVCPU_REG_READ_SLEEPS)
		return false;
	if (reg->field && reg->field->hw_state && !known_in_place(vcpu, reg, off, len))
		return false;
	*val = reg_read(vcpu, reg, reg->field, off, len);
	return true;
}

/**
 * avcpu_vgic_write_in_place() - the guest writes one; as above
 * @vcpu: the vCPU
 * @addr: guest physical address
 * @len: of the access in bytes: 1, 2, 4 or 8
 * @val: little-endian value
 *
 * What follows from it for @vcpu itself is done by the next avcpu_vgic_flush().
 */
bool avcpu_vgic_write_in_place(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 val)
{
	const struct avcpu_vgic_reg *reg;
	u32 off;

	reg = find_in_place(vcpu, addr, len, &off);
	if (!reg || reg->flags & AVCPU_REG_WRITE_SLEEPS)
		return false;
	reg_write(vcpu, reg, reg->field, off, len, val);
	return true;
}

/**
 * avcpu_vgic_user_read() - KVM_GET_DEVICE_ATTR of a register, always 32 bits
 * @vcpu: whose redistributor, or any for the distributor
 * @frame: dist or redist
 * @offset: in the frame, in bytes
 * @val: what is read
 *
 * The vGIC is initialized and no vCPU runs, except for what is said in attr.c.
 */
int avcpu_vgic_user_read(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_frame *frame,
			 u32 offset, u32 *val)
{
	const struct avcpu_vgic_reg *reg;

	*val = 0;
	reg = avcpu_vgic_find_reg(vcpu->vm, frame, offset, sizeof(*val));
	if (reg)
		*val = reg_read(vcpu, reg, reg->user_field ?: reg->field,
				offset - reg->offset, sizeof(*val));
	return 0;
}

/* KVM_SET_DEVICE_ATTR of one; as above */
int avcpu_vgic_user_write(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_frame *frame,
			  u32 offset, u32 val)
{
	const struct avcpu_vgic_reg *reg;

	reg = avcpu_vgic_find_reg(vcpu->vm, frame, offset, sizeof(val));
	if (!reg)
		return 0;
	if (reg->user_write)
		return reg->user_write(vcpu, offset - reg->offset, sizeof(val), val);
	reg_write(vcpu, reg, reg->user_field ?: reg->field, offset - reg->offset,
		  sizeof(val), val);
	return 0;
}
