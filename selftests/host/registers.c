// SPDX-License-Identifier: GPL-2.0
/* KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST: core and system registers. */
#define _GNU_SOURCE
#include "sysregs.h"

static struct vcpu *ready_vcpu(void)
{
	return vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
}

static size_t reg_size(u64 id)
{
	return 1UL << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
}

/* The list */

TEST(list_too_small)
{
	struct vcpu *vcpu = ready_vcpu();
	struct kvm_reg_list *list = vcpu_reg_list(vcpu);
	const u64 n = list->n;

	memset(list, 0, sizeof(*list) + n * sizeof(list->reg[0]));
	list->n = n - 1;
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_REG_LIST, list), E2BIG);
	/* It says how many there are and writes none of them. */
	ASSERT_EQ(list->n, n);
	ASSERT_EQ(list->reg[0], 0);
}

TEST(list_larger_than_needed)
{
	struct vcpu *vcpu = ready_vcpu();
	const u64 n = vcpu_reg_list(vcpu)->n;
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + (n + 8) * 8);

	list->n = n + 8;
	ASSERT_OK(ioctl(vcpu->fd, KVM_GET_REG_LIST, list));
	ASSERT_EQ(list->n, n);
	ASSERT_EQ(list->reg[n], 0);
}

TEST(list_bad_pointer)
{
	struct vcpu *vcpu = ready_vcpu();

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_REG_LIST, NULL), EFAULT);
}

static int compare_ids(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

TEST(list_without_duplicates)
{
	struct kvm_reg_list *list = vcpu_reg_list(ready_vcpu());
	u64 i;

	qsort(list->reg, list->n, sizeof(list->reg[0]), compare_ids);
	for (i = 1; i < list->n; i++)
		ASSERT_NE(list->reg[i], list->reg[i - 1]);
}

TEST(list_is_the_same_after_a_run)
{
	struct vm *vm = vm_create_guest(1);
	struct kvm_reg_list *before = vcpu_reg_list(&vm->vcpus[0]), *after;

	vcpu_eval(&vm->vcpus[0], guest_add, 1, 2);
	after = vcpu_reg_list(&vm->vcpus[0]);
	ASSERT_EQ(before->n, after->n);
	ASSERT(!memcmp(before->reg, after->reg, after->n * 8));
}

/* QEMU writes back all that it read, read-only registers included. */
struct reg_class {
	const char *name;
	u64 coproc;
	unsigned int min_nr;
};

static const struct reg_class reg_classes[] = {
	{ "core", KVM_REG_ARM_CORE, 75 },
	{ "system", KVM_REG_ARM64_SYSREG, 90 },
	{ "cache geometry", KVM_REG_ARM_DEMUX, 0 },
	{ "firmware", KVM_REG_ARM_FW, 1 },
};

static void get_and_set_back(const struct vcpu *vcpu, u64 id)
{
	u8 value[256], again[256];

	if (vcpu_get_raw(vcpu, id, value))
		FAIL("get 0x%llx: %s", (unsigned long long)id, strerror(errno));
	if (vcpu_set_raw(vcpu, id, value))
		FAIL("set 0x%llx: %s", (unsigned long long)id, strerror(errno));
	if (vcpu_get_raw(vcpu, id, again))
		FAIL("get 0x%llx again: %s", (unsigned long long)id, strerror(errno));
	/* A counter has gone on in the meantime. */
	if (id != KVM_REG_ARM_TIMER_CNT && id != KVM_REG_ARM_PTIMER_CNT &&
	    memcmp(value, again, reg_size(id)))
		FAIL("0x%llx is not what was set", (unsigned long long)id);
}

TEST_EACH(list_all_can_be_set_back, struct reg_class, reg_classes)
{
	struct vcpu *vcpu = ready_vcpu();
	struct kvm_reg_list *list = vcpu_reg_list(vcpu);
	unsigned int nr = 0;
	u64 i;

	for (i = 0; i < list->n; i++) {
		if ((list->reg[i] & KVM_REG_ARM_COPROC_MASK) != row->coproc)
			continue;
		get_and_set_back(vcpu, list->reg[i]);
		nr++;
	}
	ASSERT_GE(nr, row->min_nr);
}

/* ... also when the guest has run. */
TEST(list_all_can_be_set_back_after_a_run)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_reg_list *list = vcpu_reg_list(vcpu);
	u64 i;

	vcpu_call(vcpu, guest_count, 2);
	vcpu_run_to_sync(vcpu);
	for (i = 0; i < list->n; i++)
		get_and_set_back(vcpu, list->reg[i]);
	vcpu_run_to_sync(vcpu);
	ASSERT_EQ(vcpu_run_to_end(vcpu), 2);
}

/* What any guest of Armv8.0 has, so that it can be saved and restored. */
struct named_reg {
	const char *name;
	u64 id;
};

#define NAMED(reg)	{ #reg, REG_##reg }

static const struct named_reg required_regs[] = {
	NAMED(MIDR_EL1), NAMED(MPIDR_EL1), NAMED(REVIDR_EL1),
	NAMED(ID_AA64PFR0_EL1), NAMED(ID_AA64PFR1_EL1), NAMED(ID_AA64DFR0_EL1),
	NAMED(ID_AA64ISAR0_EL1), NAMED(ID_AA64ISAR1_EL1),
	NAMED(ID_AA64MMFR0_EL1), NAMED(ID_AA64MMFR1_EL1), NAMED(ID_AA64MMFR2_EL1),
	NAMED(SCTLR_EL1), NAMED(ACTLR_EL1), NAMED(CPACR_EL1),
	NAMED(TTBR0_EL1), NAMED(TTBR1_EL1), NAMED(TCR_EL1),
	NAMED(AFSR0_EL1), NAMED(AFSR1_EL1), NAMED(ESR_EL1), NAMED(FAR_EL1),
	NAMED(PAR_EL1), NAMED(MAIR_EL1), NAMED(AMAIR_EL1), NAMED(VBAR_EL1),
	NAMED(CONTEXTIDR_EL1), NAMED(TPIDR_EL1), NAMED(CNTKCTL_EL1),
	NAMED(CLIDR_EL1), NAMED(CSSELR_EL1), NAMED(CTR_EL0),
	NAMED(TPIDR_EL0), NAMED(TPIDRRO_EL0), NAMED(MDSCR_EL1),
	NAMED(DBGBVR_EL1(0)), NAMED(DBGBCR_EL1(0)), NAMED(DBGWVR_EL1(0)),
	NAMED(DBGWCR_EL1(0)), NAMED(DACR32_EL2), NAMED(IFSR32_EL2),
	NAMED(FPEXC32_EL2),
	{ "SP_EL0", CORE_REG(regs.sp) },
	{ "SP_EL1", CORE_REG(sp_el1) },
	{ "ELR_EL1", CORE_REG(elr_el1) },
	{ "SPSR_EL1", CORE_REG(spsr[KVM_SPSR_EL1]) },
	{ "V31", CORE_REG_V(31) },
	{ "CNTV_CTL_EL0", KVM_REG_ARM_TIMER_CTL },
	{ "CNTV_CVAL_EL0", KVM_REG_ARM_TIMER_CVAL },
	{ "CNTVCT_EL0", KVM_REG_ARM_TIMER_CNT },
};

TEST_EACH(list_has, struct named_reg, required_regs)
{
	const struct kvm_reg_list *list = vcpu_reg_list(ready_vcpu());
	u64 i;

	for (i = 0; i < list->n; i++)
		if (list->reg[i] == row->id)
			return;
	FAIL("%s is not in the list", row->name);
}

/* Ids that name nothing */

struct bad_id {
	const char *name;
	u64 id;
	int err;
};

#define CORE32(field)	(KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | \
			 KVM_REG_ARM_CORE_REG(field))
#define WITH_SIZE(id, size)	(((id) & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_##size)

static const struct bad_id bad_ids[] = {
	{ "zero", 0, EINVAL },
	{ "all bits", ~0ULL, EINVAL },
	{ "another architecture", (CORE_REG_PC & ~KVM_REG_ARCH_MASK) | KVM_REG_X86, EINVAL },
	{ "32-bit Arm", (CORE_REG_PC & ~KVM_REG_ARCH_MASK) | KVM_REG_ARM, EINVAL },
	{ "system register that nobody has", SYS_REG(3, 7, 15, 15, 7), ENOENT },
	{ "system register of 32 bits", WITH_SIZE(REG_SCTLR_EL1, U32), ENOENT },
	{ "system register of 128 bits", WITH_SIZE(REG_SCTLR_EL1, U128), ENOENT },
	{ "system register with a bit too many", REG_SCTLR_EL1 | BIT(28), ENOENT },
	{ "x0 of 32 bits", WITH_SIZE(CORE_REG_X(0), U32), EINVAL },
	{ "x0 of 128 bits", WITH_SIZE(CORE_REG_X(0), U128), EINVAL },
	{ "x0 of 8 bits", WITH_SIZE(CORE_REG_X(0), U8), EINVAL },
	{ "x0 of 2048 bits", WITH_SIZE(CORE_REG_X(0), U2048), EINVAL },
	{ "halfway into x0", CORE_REG_X(0) + 1, EINVAL },
	{ "upper half of x0", CORE32(regs.regs[0]) + 1, EINVAL },
	{ "across x30 and sp", CORE_REG_X(30) + 1, EINVAL },
	{ "across pc and pstate", CORE_REG_PC + 1, EINVAL },
	{ "pc and pstate as one", WITH_SIZE(CORE_REG_PC, U128), EINVAL },
	{ "pstate of 32 bits", CORE32(regs.pstate), EINVAL },
	{ "upper half of pstate", CORE32(regs.pstate) + 1, EINVAL },
	{ "sp and pc as one", WITH_SIZE(CORE_REG(regs.sp), U128), EINVAL },
	{ "behind pstate", CORE_REG_PSTATE + 1, EINVAL },
	{ "V0 of 64 bits", WITH_SIZE(CORE_REG_V(0), U64), EINVAL },
	{ "a quarter into V0", CORE_REG_V(0) + 1, EINVAL },
	{ "across V0 and V1", CORE_REG_V(0) + 2, EINVAL },
	{ "FPSR of 64 bits", WITH_SIZE(CORE32(fp_regs.fpsr), U64), EINVAL },
	{ "the hole before V0", CORE32(fp_regs.vregs[0]) - 1, EINVAL },
	{ "behind the last core register", CORE32(fp_regs.fpcr) + 1, EINVAL },
	{ "far behind the last core register", CORE_REG_PC + 0x1000, ENOENT },
	{ "unknown firmware register",
	  KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | 0x100, ENOENT },
	{ "SVE register without SVE",
	  KVM_REG_ARM64_SVE | KVM_REG_ARM64 | KVM_REG_SIZE_U2048, ENOENT },
	{ "cache geometry of another kind",
	  KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | 0x100, ENOENT },
	{ "cache geometry of 64 bits",
	  KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_DEMUX, ENOENT },
};

TEST_EACH(get_bad_id, struct bad_id, bad_ids)
{
	u64 value[32] = { 0 };

	ASSERT_ERRNO(vcpu_get_raw(ready_vcpu(), row->id, value), row->err);
}

TEST_EACH(set_bad_id, struct bad_id, bad_ids)
{
	struct vcpu *vcpu = ready_vcpu();
	const u64 pstate = vcpu_get(vcpu, CORE_REG_PSTATE);
	u64 value[32];

	memset(value, 0xff, sizeof(value));
	ASSERT_ERRNO(vcpu_set_raw(vcpu, row->id, value), row->err);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PSTATE), pstate);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), 0);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG(regs.sp)), 0);
}

TEST(bad_pointers)
{
	struct vcpu *vcpu = ready_vcpu();

	ASSERT_ERRNO(vcpu_get_raw(vcpu, CORE_REG_PC, NULL), EFAULT);
	ASSERT_ERRNO(vcpu_set_raw(vcpu, CORE_REG_PC, NULL), EFAULT);
	ASSERT_ERRNO(vcpu_get_raw(vcpu, REG_SCTLR_EL1, NULL), EFAULT);
	ASSERT_ERRNO(vcpu_set_raw(vcpu, REG_SCTLR_EL1, NULL), EFAULT);
	ASSERT_ERRNO(vcpu_set_raw(vcpu, CORE_REG_PC, (void *)-8UL), EFAULT);
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_ONE_REG, NULL), EFAULT);
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_SET_ONE_REG, NULL), EFAULT);
}

/* PSTATE (CVE-2018-18021) */

struct pstate {
	const char *name;
	u64 value;
	bool ok;
};

static const struct pstate pstates[] = {
	{ "EL0t", PSTATE_DAIF | PSTATE_EL0T, true },
	{ "EL1t", PSTATE_DAIF | PSTATE_EL1T, true },
	{ "EL1h", PSTATE_DAIF | PSTATE_EL1H, true },
	{ "EL1h, flags set, nothing masked", 0xf0000000 | PSTATE_EL1H, true },
	{ "EL2t", PSTATE_DAIF | PSTATE_EL2T, false },
	{ "EL2h", PSTATE_DAIF | PSTATE_EL2H, false },
	{ "EL3t", PSTATE_DAIF | 0xc, false },
	{ "EL3h", PSTATE_DAIF | 0xd, false },
	{ "EL0h", PSTATE_DAIF | 0x1, false },
	{ "M = 2", PSTATE_DAIF | 0x2, false },
	{ "M = 3", PSTATE_DAIF | 0x3, false },
	{ "M = 6", PSTATE_DAIF | 0x6, false },
	{ "M = 7", PSTATE_DAIF | 0x7, false },
	{ "M = 0xf", PSTATE_DAIF | 0xf, false },
	{ "AArch32 FIQ", PSTATE_DAIF | 0x11, false },
	{ "AArch32 IRQ", PSTATE_DAIF | 0x12, false },
	{ "AArch32 Supervisor", PSTATE_DAIF | 0x13, false },
	{ "AArch32 Monitor", PSTATE_DAIF | 0x16, false },
	{ "AArch32 Abort", PSTATE_DAIF | 0x17, false },
	{ "AArch32 Hyp", PSTATE_DAIF | 0x1a, false },
	{ "AArch32 Undefined", PSTATE_DAIF | 0x1b, false },
	{ "M = 0x1c", PSTATE_DAIF | 0x1c, false },
	{ "all bits", ~0ULL, false },
};

TEST_EACH(pstate, struct pstate, pstates)
{
	struct vcpu *vcpu = ready_vcpu();
	const u64 before = vcpu_get(vcpu, CORE_REG_PSTATE);
	const int ret = vcpu_set_raw(vcpu, CORE_REG_PSTATE, &row->value);

	if (row->ok) {
		ASSERT_OK(ret);
		ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PSTATE), row->value);
	} else {
		ASSERT_ERRNO(ret, EINVAL);
		ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PSTATE), before);
	}
}

/* AArch32 User: where the CPU has it at EL0, and the upper halves are cut off. */
TEST(pstate_aarch32_user)
{
	struct vcpu *vcpu = ready_vcpu();
	const u64 value = PSTATE_AARCH32_USR;

	vcpu_set(vcpu, CORE_REG_X(3), 0x1122334455667788);
	if (ID_FIELD(vcpu_get(vcpu, REG_ID_AA64PFR0_EL1), 0) != 2) {
		ASSERT_ERRNO(vcpu_set_raw(vcpu, CORE_REG_PSTATE, &value), EINVAL);
		return;
	}
	vcpu_set(vcpu, CORE_REG_PSTATE, value);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(3)), 0x55667788);
}

/* Round trips: what is set is what is got, and nothing else changes. */

TEST(core_registers_are_distinct)
{
	static const u64 others[] = {
		CORE_REG(regs.sp), CORE_REG_PC, CORE_REG(sp_el1),
		CORE_REG(elr_el1), CORE_REG(spsr[0]), CORE_REG(spsr[1]),
		CORE_REG(spsr[2]), CORE_REG(spsr[3]), CORE_REG(spsr[4]),
	};
	struct vcpu *vcpu = ready_vcpu();
	unsigned int i;

	for (i = 0; i < 31; i++)
		vcpu_set(vcpu, CORE_REG_X(i), 0xa5a5000000000000 + i);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		vcpu_set(vcpu, others[i], 0x0000b6b600000000 + i);
	for (i = 0; i < 31; i++)
		ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(i)), 0xa5a5000000000000 + i);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		ASSERT_EQ(vcpu_get(vcpu, others[i]), 0x0000b6b600000000 + i);
}

TEST(fp_registers_are_distinct)
{
	struct vcpu *vcpu = ready_vcpu();
	u64 value[2];
	u32 i, word;

	for (i = 0; i < 32; i++) {
		value[0] = 0x0101010101010101 * i;
		value[1] = ~value[0];
		ASSERT_OK(vcpu_set_raw(vcpu, CORE_REG_V(i), value));
	}
	word = 0x0800009f;
	ASSERT_OK(vcpu_set_raw(vcpu, CORE32(fp_regs.fpsr), &word));
	word = 0x03c00000;
	ASSERT_OK(vcpu_set_raw(vcpu, CORE32(fp_regs.fpcr), &word));
	for (i = 0; i < 32; i++) {
		ASSERT_OK(vcpu_get_raw(vcpu, CORE_REG_V(i), value));
		ASSERT_EQ(value[0], 0x0101010101010101 * i);
		ASSERT_EQ(value[1], ~value[0]);
	}
	ASSERT_OK(vcpu_get_raw(vcpu, CORE32(fp_regs.fpsr), &word));
	ASSERT_EQ(word, 0x0800009f);
	ASSERT_OK(vcpu_get_raw(vcpu, CORE32(fp_regs.fpcr), &word));
	ASSERT_EQ(word, 0x03c00000);
}

/*
 * System registers that a guest can have with any value while it runs: set by
 * user space and read by the guest, written by the guest and got by user space.
 */
struct shared_reg {
	const char *name;
	u64 id;
	u64 mask;	/* the bits that hold what is written */
};

#define SHARED(reg, mask)	{ #reg, REG_##reg, mask }

static const struct shared_reg shared_regs[] = {
	SHARED(TTBR1_EL1, 0x0000fffffffffffe),
	SHARED(AFSR0_EL1, 0),
	SHARED(ESR_EL1, 0xffffffff),
	SHARED(FAR_EL1, ~0ULL),
	SHARED(PAR_EL1, BIT(0)),
	SHARED(AMAIR_EL1, 0),
	SHARED(CONTEXTIDR_EL1, 0xffffffff),
	SHARED(CNTKCTL_EL1, 0x3ff),
	SHARED(CSSELR_EL1, 0x3),
	SHARED(TPIDR_EL0, ~0ULL),
	SHARED(TPIDRRO_EL0, ~0ULL),
	SHARED(DBGBVR_EL1(0), 0x0000fffffffffffc),
	SHARED(DBGWVR_EL1(0), 0x0000fffffffffffc),
	SHARED(DBGBCR_EL1(0), 0x6),
	SHARED(DBGWCR_EL1(0), 0x1fe0),
};

/* The last two of x0-x3 are of no interest: a pattern that fits all masks. */
#define PATTERN_A	0x5a5a1234a5a5c3c3ULL
#define PATTERN_B	0xa5a5edcb5a5a3c3cULL

TEST_EACH(user_sets_guest_reads, struct shared_reg, shared_regs)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = INSN_MRS(row->id, 0) };

	insn_start(vcpu, &run);
	vcpu_set(vcpu, row->id, PATTERN_A & row->mask);
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	ASSERT_EQ(run.x[0] & row->mask, PATTERN_A & row->mask);
}

TEST_EACH(guest_writes_user_gets, struct shared_reg, shared_regs)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = {
		.insn = INSN_MSR(row->id, 0), .x[0] = PATTERN_B & row->mask,
	};

	insn_exec(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	ASSERT_EQ(vcpu_get(vcpu, row->id) & row->mask, PATTERN_B & row->mask);
}

/* Registers that a running guest needs as they are: set and got, no more. */
struct stored_reg {
	const char *name;
	u64 id;
	u64 value;
};

#define STORED(reg, value)	{ #reg, REG_##reg, value }

static const struct stored_reg stored_regs[] = {
	STORED(SCTLR_EL1, SCTLR_ON),
	STORED(CPACR_EL1, 0x300000),
	STORED(TTBR0_EL1, 0x0042000040001000),
	STORED(TTBR1_EL1, 0x0017000040002000),
	STORED(TCR_EL1, 0x00000012b5593519),
	STORED(ESR_EL1, 0x96000047),
	STORED(FAR_EL1, 0xfedcba9876543210),
	STORED(PAR_EL1, 0xff00000040003b80),
	STORED(MAIR_EL1, 0x00bbff440c0400ff),
	STORED(VBAR_EL1, 0xffff800010010800),
	STORED(CONTEXTIDR_EL1, 0x12345678),
	STORED(TPIDR_EL1, 0xffff0000deadbeef),
	STORED(TPIDR_EL0, 0x0000ffff12345678),
	STORED(TPIDRRO_EL0, 0x8000000000000001),
	STORED(CNTKCTL_EL1, 0xd6),
	STORED(MDSCR_EL1, 0xa000),
	STORED(DBGBVR_EL1(1), 0xffff800010001234 & ~3ULL),
	STORED(DBGBCR_EL1(1), 0x1e5),
	STORED(DBGWVR_EL1(1), 0xffff800010001230),
	STORED(DBGWCR_EL1(1), 0x1ff5),
	STORED(DACR32_EL2, 0x55555555),
	STORED(IFSR32_EL2, 0x1405),
	STORED(FPEXC32_EL2, 0x40000700),
};

TEST_EACH(set_and_get, struct stored_reg, stored_regs)
{
	struct vcpu *vcpu = ready_vcpu();

	vcpu_set(vcpu, row->id, row->value);
	ASSERT_EQ(vcpu_get(vcpu, row->id), row->value);
}

TEST(system_registers_are_distinct)
{
	struct vcpu *vcpu = ready_vcpu();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stored_regs); i++)
		vcpu_set(vcpu, stored_regs[i].id, stored_regs[i].value);
	for (i = 0; i < ARRAY_SIZE(stored_regs); i++)
		if (vcpu_get(vcpu, stored_regs[i].id) != stored_regs[i].value)
			FAIL("%s was changed by another", stored_regs[i].name);
}

TEST(general_registers_reach_the_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 *seen = guest_var(vm, u64, seen_registers);
	unsigned int i;

	for (i = 0; i < 31; i++)
		vcpu_set(vcpu, CORE_REG_X(i), 0x1234000000000000 + i);
	vcpu_set(vcpu, CORE_REG(regs.sp), 0x5678);
	vcpu_set(vcpu, CORE_REG(sp_el1), guest_symbol("seen_registers"));
	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("guest_see_registers"));
	vcpu_run_to_mmio(vcpu);
	for (i = 0; i < 31; i++) {
		if (i == 0 || i == 1)
			continue;	/* used for the exit */
		ASSERT_EQ(seen[i], 0x1234000000000000 + i);
	}
	ASSERT_EQ(seen[31], 0x5678);
	/* ... and the guest's new ones user space. */
	for (i = 2; i < 31; i++)
		ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(i)), 0x100 + i);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG(regs.sp)), 0x9abc);
}

TEST(fp_registers_reach_the_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 (*seen)[2] = gpa_to_hva(vm, guest_symbol("seen_v"));
	u64 value[2];
	u32 i, word;

	vcpu_call(vcpu, guest_see_fp);
	for (i = 0; i < 32; i++) {
		value[0] = 0x0123456789abcdef + i;
		value[1] = 0xfedcba9876543210 - i;
		ASSERT_OK(vcpu_set_raw(vcpu, CORE_REG_V(i), value));
	}
	word = 0x0800001f;
	ASSERT_OK(vcpu_set_raw(vcpu, CORE32(fp_regs.fpsr), &word));
	word = 0x03000000;
	ASSERT_OK(vcpu_set_raw(vcpu, CORE32(fp_regs.fpcr), &word));
	vcpu_run_to_sync(vcpu);
	for (i = 0; i < 32; i++) {
		ASSERT_EQ(seen[i][0], 0x0123456789abcdef + i);
		ASSERT_EQ(seen[i][1], 0xfedcba9876543210 - i);
	}
	ASSERT_EQ(*guest_var(vm, u64, seen_fpsr), 0x0800001f);
	ASSERT_EQ(*guest_var(vm, u64, seen_fpcr), 0x03000000);
	/* The guest has doubled each half and cleared FPSR. */
	for (i = 0; i < 32; i++) {
		ASSERT_OK(vcpu_get_raw(vcpu, CORE_REG_V(i), value));
		ASSERT_EQ(value[0], 2 * (0x0123456789abcdef + i));
		ASSERT_EQ(value[1], 2 * (0xfedcba9876543210 - i));
	}
	ASSERT_OK(vcpu_get_raw(vcpu, CORE32(fp_regs.fpsr), &word));
	ASSERT_EQ(word, 0);
	vcpu_run_to_end(vcpu);
}

/* Condition flags and masks go both ways too. */
TEST(pstate_reaches_the_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	/* MRS x0, NZCV; MRS x1, DAIF would do: read by one instruction each. */
	struct insn_run run = { .insn = INSN_MRS(SYS_REG(3, 3, 4, 2, 0), 0) };

	insn_start(vcpu, &run);
	vcpu_set(vcpu, CORE_REG_PSTATE, 0x50000000 | PSTATE_DAIF | PSTATE_EL1H);
	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("guest_see_nzcv"));
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(*(u64 *)vcpu->run->mmio.data, 0x50000000);
	/* The guest has set the flags to N and C. */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PSTATE) & 0xf0000000, 0xa0000000);
}
