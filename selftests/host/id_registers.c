// SPDX-License-Identifier: GPL-2.0
/*
 * ID registers: the guest sees what user space gets; what a VM was not given is not
 * announced; user space can take away and not add.
 */
#define _GNU_SOURCE
#include "sysregs.h"

/* The AArch64 and AArch32 ID space: op0 3, op1 0, CRn 0, CRm 1 to 7, op2 0 to 7. */
#define ID_REG(crm, op2)	SYS_REG(3, 0, 0, crm, op2)

struct crm {
	const char *name;
	unsigned int crm;
};

static const struct crm crms[] = {
	{ "ID_PFR0_EL1 to ID_MMFR3_EL1", 1 },
	{ "ID_ISAR0_EL1 to ID_ISAR6_EL1", 2 },
	{ "MVFR0_EL1 to ID_MMFR5_EL1", 3 },
	{ "ID_AA64PFR0_EL1 on", 4 },
	{ "ID_AA64DFR0_EL1 on", 5 },
	{ "ID_AA64ISAR0_EL1 on", 6 },
	{ "ID_AA64MMFR0_EL1 on", 7 },
};

/* All eight of a group, reserved ones too: no trap, and user space's value. */
TEST_EACH(guest_sees, struct crm, crms)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	unsigned int op2;

	for (op2 = 0; op2 < 8; op2++) {
		const u64 id = ID_REG(row->crm, op2);
		struct insn_run run = { .insn = INSN_MRS(id, 0) };

		insn_exec(vcpu, &run);
		ASSERT_EQ(run.trap.vector, VECTOR_NONE);
		if (run.x[0] != vcpu_get(vcpu, id))
			FAIL("op2 = %u: the guest sees 0x%llx, user space 0x%llx",
			     op2, (unsigned long long)run.x[0],
			     (unsigned long long)vcpu_get(vcpu, id));
	}
}

struct id_reg {
	const char *name;
	u64 id;
};

static const struct id_reg others[] = {
	{ "MIDR_EL1", REG_MIDR_EL1 },
	{ "REVIDR_EL1", REG_REVIDR_EL1 },
	{ "AIDR_EL1", REG_AIDR_EL1 },
	{ "CTR_EL0", REG_CTR_EL0 },
	{ "CLIDR_EL1", REG_CLIDR_EL1 },
};

TEST_EACH(guest_sees_other, struct id_reg, others)
{
	struct vm *vm = vm_create_guest(1);
	struct insn_run run = { .insn = INSN_MRS(row->id, 0) };

	if (row->id == REG_CTR_EL0 && kvm_before(6, 12))
		SKIP("KVM tells user space the CPU's own before 6.12");
	insn_exec(&vm->vcpus[0], &run);
	ASSERT_EQ(run.x[0], vcpu_get(&vm->vcpus[0], row->id));
}

/* Fields with a known value in a VM that was given nothing but PSCI. */
struct field {
	const char *name;
	u64 id;
	unsigned int shift;
	unsigned int min, max;
};

static const struct field fields[] = {
	{ "PFR0.EL0: AArch64 at least", REG_ID_AA64PFR0_EL1, 0, 1, 2 },
	{ "PFR0.EL1: AArch64 at least", REG_ID_AA64PFR0_EL1, 4, 1, 2 },
	{ "PFR0.EL2: none", REG_ID_AA64PFR0_EL1, 8, 0, 2 },
	{ "PFR0.SVE: none", REG_ID_AA64PFR0_EL1, 32, 0, 0 },
	{ "PFR0.MPAM: none", REG_ID_AA64PFR0_EL1, 40, 0, 0 },
	{ "PFR0.AMU: none", REG_ID_AA64PFR0_EL1, 44, 0, 0 },
	{ "PFR1.MTE: none", REG_ID_AA64PFR1_EL1, 8, 0, 1 },
	{ "PFR1.SME: none", REG_ID_AA64PFR1_EL1, 24, 0, 0 },
	{ "ZFR0.SVEver: none", REG_ID_AA64ZFR0_EL1, 0, 0, 0 },
	{ "ISAR1.APA: none", REG_ID_AA64ISAR1_EL1, 4, 0, 0 },
	{ "ISAR1.API: none", REG_ID_AA64ISAR1_EL1, 8, 0, 0 },
	{ "ISAR1.GPA: none", REG_ID_AA64ISAR1_EL1, 24, 0, 0 },
	{ "ISAR1.GPI: none", REG_ID_AA64ISAR1_EL1, 28, 0, 0 },
	{ "DFR0.DebugVer: Armv8.0 at least", REG_ID_AA64DFR0_EL1, 0, 6, 15 },
	{ "DFR0.TraceVer: none", REG_ID_AA64DFR0_EL1, 4, 0, 0 },
	{ "DFR0.PMUVer: none", REG_ID_AA64DFR0_EL1, 8, 0, 0 },
	{ "DFR0.PMSVer: none", REG_ID_AA64DFR0_EL1, 32, 0, 0 },
	{ "DFR0.TraceBuffer: none", REG_ID_AA64DFR0_EL1, 44, 0, 0 },
	{ "MMFR0.TGran4: 4 KiB pages", REG_ID_AA64MMFR0_EL1, 28, 0, 1 },
};

TEST_EACH(field, struct field, fields)
{
	struct vm *vm = vm_create_guest(1);
	const unsigned int value = ID_FIELD(vcpu_get(&vm->vcpus[0], row->id), row->shift);

	if (value < row->min || value > row->max)
		FAIL("it is %u", value);
}

/* The number of breakpoints that is announced is that of registers to save. */
TEST(breakpoints_announced_are_in_the_list)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 dfr0 = vcpu_get(vcpu, REG_ID_AA64DFR0_EL1);
	unsigned int i;

	for (i = 0; i <= ID_FIELD(dfr0, 12); i++)
		ASSERT(vcpu_has_reg(vcpu, REG_DBGBVR_EL1(i)));
	for (i = 0; i <= ID_FIELD(dfr0, 20); i++)
		ASSERT(vcpu_has_reg(vcpu, REG_DBGWVR_EL1(i)));
}

/* All vCPUs of a VM are alike. */
TEST(vcpus_are_alike)
{
	struct vm *vm = vm_create_guest(2);
	unsigned int crm, op2;

	for (crm = 1; crm < 8; crm++)
		for (op2 = 0; op2 < 8; op2++)
			ASSERT_EQ(vcpu_get(&vm->vcpus[0], ID_REG(crm, op2)),
				  vcpu_get(&vm->vcpus[1], ID_REG(crm, op2)));
}

/* Setting. The instructions for AES (ID_AA64ISAR0_EL1.AES) are the example. */

#define AES_SHIFT	4
#define AES_MASK	(0xfULL << AES_SHIFT)

static struct vm *vm_with_aes(u64 *isar0)
{
	struct vm *vm = vm_create_guest(2);

	if (kvm_before(6, 7))
		SKIP("KVM's ID registers are fixed before 6.7");
	*isar0 = vcpu_get(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1);
	if (!(*isar0 & AES_MASK))
		SKIP("the CPU has no AES instructions to hide");
	return vm;
}

TEST(feature_taken_away)
{
	u64 isar0;
	struct vm *vm = vm_with_aes(&isar0);
	struct insn_run run = { .insn = INSN_MRS(REG_ID_AA64ISAR0_EL1, 0) };

	isar0 &= ~AES_MASK;
	vcpu_set(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1, isar0);
	/* It is the VM's: the other vCPU has it too. */
	ASSERT_EQ(vcpu_get(&vm->vcpus[1], REG_ID_AA64ISAR0_EL1), isar0);
	insn_exec(&vm->vcpus[1], &run);
	ASSERT_EQ(run.x[0], isar0);
	/* A reset does not bring it back. */
	ASSERT_OK(vcpu_init(&vm->vcpus[0], VCPU_PSCI));
	ASSERT_EQ(vcpu_get(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1), isar0);
}

TEST(feature_beyond_the_cpus)
{
	u64 isar0, more;
	struct vm *vm = vm_with_aes(&isar0);

	more = isar0 | AES_MASK;
	ASSERT_ERRNO(vcpu_set_raw(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1, &more), EINVAL);
	ASSERT_EQ(vcpu_get(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1), isar0);
}

/* Once a vCPU has run, only what is there can be set. */
TEST(feature_after_the_first_run)
{
	u64 isar0, less;
	struct vm *vm = vm_with_aes(&isar0);

	less = isar0 & ~AES_MASK;
	vcpu_eval(&vm->vcpus[1], guest_add, 1, 2);
	ASSERT_ERRNO(vcpu_set_raw(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1, &less), EBUSY);
	ASSERT_EQ(vcpu_get(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1), isar0);
	vcpu_set(&vm->vcpus[0], REG_ID_AA64ISAR0_EL1, isar0);
}

/* Registers without a meaning yet are zero, and stay so. */
TEST(reserved_registers_are_zero)
{
	struct vm *vm = vm_create_guest(1);
	const u64 one = 1;

	ASSERT_EQ(vcpu_get(&vm->vcpus[0], ID_REG(6, 7)), 0);
	ASSERT_ERRNO(vcpu_set_raw(&vm->vcpus[0], ID_REG(6, 7), &one), EINVAL);
}

/* KVM_ARM_GET_REG_WRITABLE_MASKS, where there is the capability for it */

#define FEATURE_ID_RANGE_SIZE	(3 * 8 * 8)

/* The index of an ID register in the array (KVM's API documentation, 4.139). */
static unsigned int mask_index(unsigned int crm, unsigned int op2)
{
	return crm << 3 | op2;
}

TEST(writable_masks)
{
	u64 masks[FEATURE_ID_RANGE_SIZE] = { 0 };
	struct reg_mask_range range = { .addr = (uintptr_t)masks };
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	unsigned int crm, op2, bit;

	if (!device_cap(KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES))
		SKIP("no KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES");
	ASSERT_OK(ioctl(vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &range));
	/* A bit outside a register's mask cannot be changed. */
	for (crm = 1; crm < 8; crm++) {
		for (op2 = 0; op2 < 8; op2++) {
			const u64 mask = masks[mask_index(crm, op2)];
			u64 value = vcpu_get(vcpu, ID_REG(crm, op2));

			if (!~mask)
				continue;
			bit = __builtin_ctzll(~mask);
			value ^= 1ULL << bit;
			if (!vcpu_set_raw(vcpu, ID_REG(crm, op2), &value))
				FAIL("CRm = %u, op2 = %u: bit %u is changed", crm,
				     op2, bit);
			ASSERT_EQ(errno, EINVAL);
		}
	}
}

TEST(writable_masks_bad_input)
{
	u64 masks[FEATURE_ID_RANGE_SIZE];
	struct reg_mask_range range = { .addr = (uintptr_t)masks, .range = 1 };
	struct vm *vm = vm_create_guest(1);

	if (!device_cap(KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES))
		SKIP("no KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES");
	ASSERT_ERRNO(ioctl(vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &range), EINVAL);
	range.range = 0;
	range.reserved[12] = 1;
	ASSERT_ERRNO(ioctl(vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &range), EINVAL);
	range.reserved[12] = 0;
	range.addr = 0;
	ASSERT_ERRNO(ioctl(vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &range), EFAULT);
}
