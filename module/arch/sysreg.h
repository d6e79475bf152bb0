/* SPDX-License-Identifier: GPL-2.0 */
/* Rows of the register tables; shared by sysreg*.c, idreg.c and one_reg.c. */
#ifndef AVCPU_ARCH_SYSREG_H
#define AVCPU_ARCH_SYSREG_H

#include "cpu.h"

/**
 * struct avcpu_access - a trapped access
 * @enc: sys_reg() of the register or SYS instruction
 * @write: MSR or SYS; @val is then the source, else it becomes the result
 */
struct avcpu_access {
	u32 enc;
	bool write;
	u64 val;
};

/* What a trap may do with a row; an access in a direction not named is UNDEF. */
#define AVCPU_SR_READ	BIT(0)
#define AVCPU_SR_WRITE	BIT(1)
#define AVCPU_SR_RW	(AVCPU_SR_READ | AVCPU_SR_WRITE)
#define AVCPU_SR_DEFER	BIT(2)	/* the handler may sleep: not in place */
#define AVCPU_SR_KEEP	BIT(3)	/* KVM_ARM_VCPU_INIT again does not reset it */

/**
 * struct avcpu_sysreg - one system register or SYS instruction
 * @enc: sys_reg() encoding
 * @name: the architecture's
 * @flags: AVCPU_SR_*
 * @reg: where its value is kept, or AVCPU_REG_INVALID
 * @access: the guest's access, after the direction was checked; false: UNDEF.
 *	Preemption is off, unless the row has AVCPU_SR_DEFER. NULL: always UNDEF.
 * @reset: value at reset; NULL: @val
 * @get, @set: user space's access; NULL: @reg as it is. A row that has neither
 *	@reg nor @get is not user space's.
 */
struct avcpu_sysreg {
	u32 enc;
	const char *name;
	u8 flags;
	enum avcpu_reg reg;
	u64 val;
	bool (*access)(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		       const struct avcpu_sysreg *row);
	u64 (*reset)(struct avcpu_vcpu *vcpu);
	int (*get)(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row, u64 *val);
	int (*set)(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row, u64 val);
};

#define AVCPU_ROW(nm, op0, op1, crn, crm, op2, ...)			\
	{ .enc = sys_reg(op0, op1, crn, crm, op2), .name = #nm, ##__VA_ARGS__ }

/* A themed table; sysreg.c puts them all into one index, sorted by encoding. */
struct avcpu_sysreg_table {
	const struct avcpu_sysreg *rows;
	unsigned int nr;
};

extern const struct avcpu_sysreg_table avcpu_sysregs_el1;	/* sysreg_el1.c */
extern const struct avcpu_sysreg_table avcpu_sysregs_debug;	/* sysreg_debug.c */
extern const struct avcpu_sysreg_table avcpu_sysregs_cache;	/* sysreg_cache.c */

/* Handlers that several tables use */
bool avcpu_access_raz_wi(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row);
bool avcpu_access_memory(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row);

/* sysreg.c: emulates what was decoded; the caller moves the PC */
enum avcpu_trap avcpu_sysreg_emulate(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
				     bool in_place);
u64 avcpu_sysreg_to_id(u32 enc);

/* sysreg_cache.c */
void avcpu_cache_init(void);
void avcpu_cache_reset(struct avcpu_vcpu *vcpu);
u64 avcpu_cache_hw_ctr(void);
u64 avcpu_cache_guest_ctr(void);
int avcpu_demux_get_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
int avcpu_demux_set_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
int avcpu_demux_copy_indices(u64 __user **uindices);

/* idreg.c: sys_reg(3, 0, 0, 1..7, 0..7), which has no rows in the tables */
bool avcpu_idreg_covers(u32 enc);
u32 avcpu_idreg_encoding(unsigned int index);
bool avcpu_idreg_access(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			const struct avcpu_sysreg *row);
int avcpu_idreg_get_user(struct avcpu_vm *vm, u32 enc, u64 *val);
int avcpu_idreg_set_user(struct avcpu_vm *vm, u32 enc, u64 val);
int avcpu_idreg_get_ctr(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
			u64 *val);
int avcpu_idreg_set_ctr(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
			u64 val);

#endif
