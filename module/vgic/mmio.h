/* SPDX-License-Identifier: GPL-2.0 */
/* The register frames of the distributor and the redistributors, as tables. */
#ifndef AVCPU_VGIC_MMIO_H
#define AVCPU_VGIC_MMIO_H

#include "internal.h"

#define AVCPU_VGIC_DIST_SIZE	0x10000
#define AVCPU_VGIC_REDIST_SIZE	0x20000
#define AVCPU_VGIC_SGI_FRAME	0x10000		/* after the RD frame */

/* avcpu_vgic_reg.widths: accesses that are served, by their length in bytes */
#define AVCPU_W8		1
#define AVCPU_W32		4
#define AVCPU_W64		8

/* avcpu_vgic_reg.flags: this cannot be done with IRQs off */
#define AVCPU_REG_READ_SLEEPS	BIT(0)
#define AVCPU_REG_WRITE_SLEEPS	BIT(1)

/**
 * struct avcpu_irq_field - a property of interrupts that registers are made of
 * @bits: of one interrupt: 1, 2 or 8, the same as the register's
 * @ones: one bit each, and only those written as 1 are looked at
 * @hw_state: list registers may know it better: they are folded before @get
 * @get: the values of so many interrupts, packed; no lock held
 * @set: the interrupt's lock is held. Queueing and kicking follow.
 */
struct avcpu_irq_field {
	u8 bits;
	bool ones;
	bool hw_state;
	u32 (*get)(const struct avcpu_irq *irq, unsigned int count);
	void (*set)(struct avcpu_irq *irq, u32 val);
};

/**
 * struct avcpu_vgic_reg - a register, or an array of registers
 * @offset: in the frame, in bytes
 * @len: in bytes
 * @bits: of each interrupt in it, 0: it is not an array over interrupts
 * @first: INTID that the first of these bits are of
 * @widths: AVCPU_W*
 * @flags: AVCPU_REG_*
 * @field: what it consists of, NULL: see @read and @write
 * @user_field: what user space's accesses go to, NULL: @field
 * @read: reads it, NULL: RAZ
 * @write: writes it, NULL: WI
 * @user_write: user space's write, NULL: @write. 0 or an errno.
 *
 * The functions' @vcpu is the one whose redistributor it is, of the distributor's
 * registers the one that accesses it; @off is from @offset. IRQs may be off unless
 * @flags forbid that.
 */
struct avcpu_vgic_reg {
	u32 offset;
	u32 len;
	u8 bits;
	u8 first;
	u8 widths;
	u8 flags;
	const struct avcpu_irq_field *field;
	const struct avcpu_irq_field *user_field;
	u64 (*read)(struct avcpu_vcpu *vcpu, u32 off, int len);
	void (*write)(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val);
	int (*user_write)(struct avcpu_vcpu *vcpu, u32 off, int len, u64 val);
};

/* Most arrays of registers are as long, or longer. */
#define AVCPU_VGIC_GRANULE	128

/**
 * struct avcpu_vgic_frame - the registers of a frame
 * @regs: sorted by offset
 * @count: how many
 * @size: of the frame, in bytes
 * @first_row: for each granule of the frame, the last of @regs that begins at or
 *	before it; filled in at module init
 */
struct avcpu_vgic_frame {
	const struct avcpu_vgic_reg *regs;
	unsigned int count;
	u32 size;
	u8 *first_row;
};

extern const struct avcpu_vgic_frame avcpu_vgic_dist_frame;	/* dist.c */
extern const struct avcpu_vgic_frame avcpu_vgic_redist_frame;	/* redist.c */
extern const struct avcpu_io_ops avcpu_vgic_dist_ops;		/* mmio.c */
extern const struct avcpu_io_ops avcpu_vgic_redist_ops;

u64 avcpu_vgic_read_pidr(struct avcpu_vcpu *vcpu, u32 off, int len);	/* dist.c */
/* redist.c; the masks of the fields of a GICR_*BASER or GITS_*BASER */
u64 avcpu_vgic_sane_attrs(u64 reg, u64 inner, u64 outer, u64 share);

/* fields.c: the guest's, and user space's where it differs */
extern const struct avcpu_irq_field avcpu_irq_group;
extern const struct avcpu_irq_field avcpu_irq_senable;
extern const struct avcpu_irq_field avcpu_irq_cenable;
extern const struct avcpu_irq_field avcpu_irq_spend;
extern const struct avcpu_irq_field avcpu_irq_cpend;
extern const struct avcpu_irq_field avcpu_irq_sactive;
extern const struct avcpu_irq_field avcpu_irq_cactive;
extern const struct avcpu_irq_field avcpu_irq_prio;
extern const struct avcpu_irq_field avcpu_irq_config;
extern const struct avcpu_irq_field avcpu_irq_latch;
extern const struct avcpu_irq_field avcpu_irq_raz;
extern const struct avcpu_irq_field avcpu_irq_line;

/* mmio.c */
u64 avcpu_vgic_bytes(u64 reg, u32 off, int len);
u64 avcpu_vgic_merge(u64 reg, u32 off, int len, u64 val);
const struct avcpu_vgic_reg *avcpu_vgic_find_reg(const struct avcpu_vm *vm,
						 const struct avcpu_vgic_frame *frame,
						 u32 offset, int len);
int avcpu_vgic_user_read(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_frame *frame,
			 u32 offset, u32 *val);
int avcpu_vgic_user_write(struct avcpu_vcpu *vcpu, const struct avcpu_vgic_frame *frame,
			  u32 offset, u32 val);
u32 avcpu_vgic_get_field(struct avcpu_vcpu *vcpu, const struct avcpu_irq_field *field,
			 u32 intid, unsigned int count);
void avcpu_vgic_set_field(struct avcpu_vcpu *vcpu, const struct avcpu_irq_field *field,
			  u32 intid, unsigned int count, u32 val);

#endif
