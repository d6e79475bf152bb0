// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses where there is no memory: KVM_EXIT_MMIO, decoded from the syndrome
 * (ISV, SAS, SSE, SRT, SF: DDI 0487 D24.2.37), and what has no valid syndrome.
 */
#define _GNU_SOURCE
#include "sysregs.h"

static struct vcpu *shared_vcpu(void)
{
	static struct vm *vm;

	if (!vm)
		vm = vm_create_guest(1);
	return &vm->vcpus[0];
}

/*
 * Loads: by the instruction, the bytes that are asked for, what user space
 * answers and what is in x0 then. x0 is all ones at first, x1 is MMIO_BASE, x2 is 4.
 */
/* Immediates stand without "#", which begins a directive in KTAP. */
#define LOADS(X)							\
	X(ldrb, "ldrb w0, [x1]", 0, 1, 0x80, 0x80)			\
	X(ldrh, "ldrh w0, [x1]", 0, 2, 0x8001, 0x8001)			\
	X(ldr_w, "ldr w0, [x1]", 0, 4, 0x80000001, 0x80000001)		\
	X(ldr_x, "ldr x0, [x1]", 0, 8, 0x8000000000000001, 0x8000000000000001) \
	X(ldrsb_w, "ldrsb w0, [x1]", 0, 1, 0x80, 0xffffff80)		\
	X(ldrsb_x, "ldrsb x0, [x1]", 0, 1, 0x80, 0xffffffffffffff80)	\
	X(ldrsh_w, "ldrsh w0, [x1]", 0, 2, 0x8001, 0xffff8001)		\
	X(ldrsh_x, "ldrsh x0, [x1]", 0, 2, 0x8001, 0xffffffffffff8001)	\
	X(ldrsw, "ldrsw x0, [x1]", 0, 4, 0x80000001, 0xffffffff80000001) \
	X(ldrsb_w_pos, "ldrsb w0, [x1] // positive", 0, 1, 0x7f, 0x7f)	\
	X(ldrsb_x_pos, "ldrsb x0, [x1] // positive", 0, 1, 0x7f, 0x7f)	\
	X(ldrsh_x_pos, "ldrsh x0, [x1] // positive", 0, 2, 0x7fff, 0x7fff) \
	X(ldrsw_pos, "ldrsw x0, [x1] // positive", 0, 4, 0x7fffffff, 0x7fffffff) \
	X(ldrb_imm, "ldrb w0, [x1, 3]", 3, 1, 0xff, 0xff)		\
	X(ldrh_imm, "ldrh w0, [x1, 6]", 6, 2, 0xfffe, 0xfffe)		\
	X(ldr_w_imm, "ldr w0, [x1, 0x100]", 0x100, 4, 5, 5)		\
	X(ldr_x_imm, "ldr x0, [x1, 0xff8]", 0xff8, 8, 6, 6)		\
	X(ldr_w_reg, "ldr w0, [x1, x2]", 4, 4, 7, 7)			\
	X(ldr_w_lsl, "ldr w0, [x1, x2, lsl 2]", 16, 4, 8, 8)		\
	X(ldr_w_sxtw, "ldr w0, [x1, w2, sxtw]", 4, 4, 9, 9)		\
	X(ldur_w, "ldur w0, [x1, -4]", -4, 4, 10, 10)			\
	X(ldurb, "ldurb w0, [x1, 1]", 1, 1, 11, 11)			\
	X(ldar_w, "ldar w0, [x1]", 0, 4, 0x80000002, 0x80000002)	\
	X(ldar_x, "ldar x0, [x1]", 0, 8, 0x8000000000000002, 0x8000000000000002) \
	X(ldarb, "ldarb w0, [x1]", 0, 1, 0x82, 0x82)			\
	X(ldarh, "ldarh w0, [x1]", 0, 2, 0x8002, 0x8002)		\
	X(ldr_wzr, "ldr wzr, [x1]", 0, 4, 0x1234, ~0ULL)		\
	X(ldr_xzr, "ldr xzr, [x1]", 0, 8, 0x1234, ~0ULL)		\
	X(ldrsb_xzr, "ldrsb xzr, [x1]", 0, 1, 0x80, ~0ULL)

/*
 * Stores: the bytes at user space. x0 is 0x1122334455667788.
 */
#define STORES(X)							\
	X(strb, "strb w0, [x1]", 0, 1, 0x88)				\
	X(strh, "strh w0, [x1]", 0, 2, 0x7788)				\
	X(str_w, "str w0, [x1]", 0, 4, 0x55667788)			\
	X(str_x, "str x0, [x1]", 0, 8, 0x1122334455667788)		\
	X(strb_wzr, "strb wzr, [x1]", 0, 1, 0)				\
	X(strh_wzr, "strh wzr, [x1]", 0, 2, 0)				\
	X(str_wzr, "str wzr, [x1]", 0, 4, 0)				\
	X(str_xzr, "str xzr, [x1]", 0, 8, 0)				\
	X(strb_imm, "strb w0, [x1, 1]", 1, 1, 0x88)			\
	X(str_w_imm, "str w0, [x1, 0xffc]", 0xffc, 4, 0x55667788)	\
	X(str_x_reg, "str x0, [x1, x2, lsl 3]", 32, 8, 0x1122334455667788) \
	X(stur_w, "stur w0, [x1, -8]", -8, 4, 0x55667788)		\
	X(stlr_w, "stlr w0, [x1]", 0, 4, 0x55667788)			\
	X(stlr_x, "stlr x0, [x1]", 0, 8, 0x1122334455667788)		\
	X(stlrb, "stlrb w0, [x1]", 0, 1, 0x88)				\
	X(stlrh, "stlrh w0, [x1]", 0, 2, 0x7788)			\
	X(str_base, "str x1, [x1]", 0, 8, MMIO_BASE)

struct mmio {
	const char *name;
	const u32 *insn;
	s64 offset;
	u32 len;
	u64 data;
	u64 x0;
};

#define LOAD_INSN(id, text, ...)	INSN_DEFINE(id, text);
#define LOAD_ROW(id, text, offset, len, data, x0)			\
	{ text, &insn_##id, offset, len, data, x0 },
#define STORE_ROW(id, text, offset, len, data)				\
	{ text, &insn_##id, offset, len, data, 0 },

LOADS(LOAD_INSN)
STORES(LOAD_INSN)
static const struct mmio loads[] = { LOADS(LOAD_ROW) };
static const struct mmio stores[] = { STORES(STORE_ROW) };

/* The reference has been wrong here, the architecture is not. */
static void skip_if_kvm_lacks_sign_extension(void)
{
	if (kvm_before(7, 0))
		SKIP("KVM of 6.x does not sign-extend MMIO loads");
}

static void check_exit(const struct vcpu *vcpu, const struct mmio *row, bool is_write)
{
	const struct kvm_run *run = vcpu->run;

	ASSERT_EQ(run->mmio.phys_addr, MMIO_BASE + row->offset);
	ASSERT_EQ(run->mmio.len, row->len);
	ASSERT_EQ(run->mmio.is_write, is_write);
}

static bool is_signed(const struct mmio *row)
{
	return !strncmp(row->name, "ldrs", 4) && row->data >> (8 * row->len - 1);
}

TEST_EACH(load, struct mmio, loads)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = {
		.insn = *row->insn, .x = { ~0ULL, MMIO_BASE, 4, 3 },
	};

	if (is_signed(row) && row->x0 != ~0ULL)
		skip_if_kvm_lacks_sign_extension();
	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	check_exit(vcpu, row, false);
	/* Only the bytes that were asked for may count. */
	memset(vcpu->run->mmio.data, 0xa5, 8);
	memcpy(vcpu->run->mmio.data, &row->data, row->len);
	insn_finish(vcpu, &run);
	/* One instruction was passed, no more: the RET behind it was reached. */
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	ASSERT_EQ(run.x[0], row->x0);
	ASSERT_EQ(run.x[1], MMIO_BASE);
	ASSERT_EQ(run.x[2], 4);
	ASSERT_EQ(run.x[3], 3);
}

TEST_EACH(store, struct mmio, stores)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = {
		.insn = *row->insn, .x = { 0x1122334455667788, MMIO_BASE, 4, 3 },
	};

	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	check_exit(vcpu, row, true);
	ASSERT(!memcmp(vcpu->run->mmio.data, &row->data, row->len));
	/* What the run page holds when a write is resumed means nothing. */
	memset(vcpu->run->mmio.data, 0xa5, 8);
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	ASSERT_EQ(run.x[0], 0x1122334455667788);
	ASSERT_EQ(run.x[1], MMIO_BASE);
}

INSN_DEFINE(ldr_x1_x1, "ldr x1, [x1]");
INSN_DEFINE(ldr_w3, "ldr w3, [x1]");
INSN_DEFINE(str_w0, "str w0, [x1]");

TEST(load_into_the_base_register)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = insn_ldr_x1_x1, .x = { 0, MMIO_BASE } };

	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	*(u64 *)vcpu->run->mmio.data = 0x1234;
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.x[1], 0x1234);
}

/* Every register can be the target. */
TEST(load_into_each_register)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	unsigned int i;

	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("guest_load_all"));
	vcpu_set(vcpu, CORE_REG_X(30), MMIO_BASE);
	for (i = 0; i < 30; i++) {
		vcpu_run_to_mmio(vcpu);
		ASSERT_EQ(vcpu->run->mmio.is_write, 0);
		*(u64 *)vcpu->run->mmio.data = 0xabcd0000 + i;
	}
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(vcpu->run->mmio.is_write, 1);
	for (i = 0; i < 30; i++)
		ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(i)), 0xabcd0000 + i);
}

/* The data of a read is taken at the next KVM_RUN, whatever happens until then. */
TEST(registers_between_exit_and_completion)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = insn_ldr_w3, .x = { 0, MMIO_BASE, 0, 77 } };

	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	/* Not done yet: the register is as it was, PC at the load. */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(3)), 77);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), guest_var(vcpu->vm, struct insn_run, insn_run)->addr);
	*(u32 *)vcpu->run->mmio.data = 5;
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.x[3], 5);
}

TEST(store_many)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 i;

	vcpu_call(vcpu, guest_store_many, MMIO_BASE, 500);
	for (i = 0; i < 500; i++) {
		vcpu_run_to_mmio(vcpu);
		ASSERT_EQ(vcpu->run->mmio.phys_addr, MMIO_BASE + 8 * (i % 512));
		ASSERT_EQ(*(u64 *)vcpu->run->mmio.data, i);
	}
	ASSERT_EQ(vcpu_run_to_end(vcpu), 500);
}

TEST(load_many)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 i;

	vcpu_call(vcpu, guest_load_many, MMIO_BASE, 500);
	for (i = 0; i < 500; i++) {
		vcpu_run_to_mmio(vcpu);
		*(u64 *)vcpu->run->mmio.data = 3 * i;
	}
	ASSERT_EQ(vcpu_run_to_end(vcpu), 3 * 500 * 499 / 2);
}

/* The address is the intermediate physical one, whatever the guest's mapping. */
TEST(physical_address_behind_a_mapping)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = {
		.insn = insn_str_w0, .x = { 1, TABLE_WINDOW + 0x12345678 % SZ_2M },
	};

	/* A block of 2 MiB: Device-nGnRnE, accessed, never executable. */
	guest_var(vm, u64, table_window)[0] = MMIO_BASE | 0x1 | BIT(10) | BIT(53) | BIT(54);
	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(vcpu->run->mmio.phys_addr, MMIO_BASE + 0x12345678 % SZ_2M);
	insn_finish(vcpu, &run);
}

struct place {
	const char *name;
	u64 addr;
};

static const struct place places[] = {
	{ "guest address 0", 0 },
	{ "just below RAM", GUEST_RAM_BASE - 4 },
	{ "just above RAM", GUEST_RAM_BASE + GUEST_RAM_SIZE },
	{ "4 GiB - 4", 0xfffffffc },
	{ "8 GiB", 0x200000000 },
	{ "512 GiB - 4", 0x7ffffffffc },
};

TEST_EACH(address, struct place, places)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = insn_ldr_w3, .x = { 0, row->addr } };

	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(vcpu->run->mmio.phys_addr, row->addr);
	*(u32 *)vcpu->run->mmio.data = 0x42;
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.x[3], 0x42);
}

/* Beyond the VM's address size the guest's own access fails: external abort. */
TEST(beyond_the_address_size)
{
	struct vm *vm = vm_create_type(options.device, 32);
	struct insn_run run = { .insn = insn_ldr_w3, .x = { 0, 0x200000008, 0, 9 } };

	vm_load_guest(vm);
	vm_add_ready_vcpu(vm, 0, VCPU_PSCI);
	insn_exec(&vm->vcpus[0], &run);
	ASSERT_EQ(run.trap.vector, VECTOR_SYNC);
	ASSERT_EQ((u32)run.trap.esr, ESR_MAKE(EC_DABT, 0x10));
	ASSERT_EQ(run.trap.far, 0x200000008);
	ASSERT_EQ(run.trap.elr, run.addr);
	ASSERT_EQ(run.x[3], 9);
}

/*
 * A big-endian guest (SCTLR_EL1.EE): the run page has the bytes as memory would
 * have them, as KVM's API documentation says.
 */
TEST(big_endian)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const struct kvm_run *run = vcpu->run;

	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("guest_big_endian"));
	vcpu_set(vcpu, CORE_REG_X(1), MMIO_BASE);

	vcpu_run_to_mmio(vcpu);		/* ldr w0 */
	ASSERT_EQ(run->mmio.len, 4);
	memcpy(vcpu->run->mmio.data, "\x11\x22\x33\x44", 4);
	vcpu_run_to_mmio(vcpu);		/* str w0 */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0x11223344);
	ASSERT(!memcmp(run->mmio.data, "\x11\x22\x33\x44", 4));
	vcpu_run_to_mmio(vcpu);		/* ldr x0 */
	memcpy(vcpu->run->mmio.data, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	vcpu_run_to_mmio(vcpu);		/* str x0 */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0x1122334455667788);
	ASSERT(!memcmp(run->mmio.data, "\x11\x22\x33\x44\x55\x66\x77\x88", 8));
	vcpu_run_to_mmio(vcpu);		/* ldrh w0 */
	memcpy(vcpu->run->mmio.data, "\x80\x01", 2);
	vcpu_run_to_mmio(vcpu);		/* strh w0 */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0x8001);
	ASSERT(!memcmp(run->mmio.data, "\x80\x01", 2));
	vcpu_run_to_mmio(vcpu);		/* ldrb w0 */
	memcpy(vcpu->run->mmio.data, "\x99", 1);
	vcpu_run_to_mmio(vcpu);		/* strb w0 */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0x99);
	ASSERT(!memcmp(run->mmio.data, "\x99", 1));
}

TEST(big_endian_sign_extension)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	skip_if_kvm_lacks_sign_extension();
	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("guest_big_endian_signed"));
	vcpu_set(vcpu, CORE_REG_X(1), MMIO_BASE);
	vcpu_run_to_mmio(vcpu);		/* ldrsh x0 */
	memcpy(vcpu->run->mmio.data, "\x80\x01", 2);
	vcpu_run_to_mmio(vcpu);		/* strh w0 */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0xffffffffffff8001);
}

/* Accesses that the syndrome does not describe (ISV = 0) */

#define NO_SYNDROME(X)							\
	X(ldr_post, "ldr w0, [x1], 4", false)				\
	X(ldr_pre, "ldr w0, [x1, 4]!", false)				\
	X(str_post, "str x0, [x1], 8", true)				\
	X(ldrsw_pre, "ldrsw x0, [x1, 8]!", false)			\
	X(ldp, "ldp w0, w2, [x1]", false)				\
	X(ldp_x, "ldp x0, x2, [x1]", false)				\
	X(stp, "stp w0, w2, [x1]", true)				\
	X(stp_x, "stp x0, x2, [x1]", true)				\
	X(ldxr, "ldxr w0, [x1]", false)					\
	X(ldaxr, "ldaxr x0, [x1]", false)				\
	X(ldr_s, "ldr s0, [x1]", false)					\
	X(ldr_q, "ldr q0, [x1]", false)					\
	X(str_d, "str d0, [x1]", true)					\
	X(ld1, "ld1 {v0.16b}, [x1]", false)				\
	X(st1, "st1 {v0.4s}, [x1]", true)				\
	X(ldadd, "ldadd w0, w2, [x1]", -1)				\
	X(swp, "swp x0, x2, [x1]", -1)				\
	X(cas, "cas w0, w2, [x1]", -1)				\
	X(dc_zva, "dc zva, x1", true)

struct no_syndrome {
	const char *name;
	const u32 *insn;
	int is_write;		/* -1: both in one, reported as either */
};

#define NO_SYNDROME_ROW(id, text, is_write)	{ text, &insn_##id, is_write },
NO_SYNDROME(LOAD_INSN)
static const struct no_syndrome no_syndrome[] = { NO_SYNDROME(NO_SYNDROME_ROW) };

/* Normal memory for the guest's MMU, but none behind it: all kinds of access go there. */
#define NOWHERE		(GUEST_RAM_BASE + 0x10000000)

/* By default KVM_RUN fails, and the guest stands where it was. */
TEST_EACH(no_syndrome, struct no_syndrome, no_syndrome)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = *row->insn, .x = { 5, NOWHERE, 7, 8 } };
	u64 addr;

	insn_start(vcpu, &run);
	ASSERT_EQ(vcpu_run(vcpu), -ENOSYS);
	addr = guest_var(vm, struct insn_run, insn_run)->addr;
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), addr);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 5);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(1)), NOWHERE);
	ASSERT_EQ(vcpu_run(vcpu), -ENOSYS);
	/* User space may yet emulate it itself. */
	vcpu_set(vcpu, CORE_REG_PC, addr + 4);
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
}

/* With KVM_CAP_ARM_NISV_TO_USER user space is told what there is to tell. */
TEST_EACH(no_syndrome_to_user, struct no_syndrome, no_syndrome)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = *row->insn, .x = { 5, NOWHERE, 7, 8 } };
	u64 esr_iss;

	ASSERT_OK(ioctl(vm->fd, KVM_ENABLE_CAP, &cap));
	insn_start(vcpu, &run);
	vcpu_run_to(vcpu, KVM_EXIT_ARM_NISV);
	esr_iss = vcpu->run->arm_nisv.esr_iss;
	/* Of the syndrome: WnR, CM and the fault status, a translation fault. */
	if (row->is_write >= 0)
		ASSERT_EQ(!!(esr_iss & BIT(6)), row->is_write);
	ASSERT_EQ(esr_iss & BIT(24), 0);
	ASSERT_EQ(esr_iss & 0x3c, 0x04);
	ASSERT_EQ(vcpu->run->arm_nisv.fault_ipa & ~0xfffULL, NOWHERE);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 5);
	vcpu_set(vcpu, CORE_REG_PC, vcpu_get(vcpu, CORE_REG_PC) + 4);
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
}

/* ... and may answer with an external abort. */
TEST(no_syndrome_answered_by_an_abort)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = insn_ldp, .x = { 5, NOWHERE } };

	ASSERT_OK(ioctl(vm->fd, KVM_ENABLE_CAP, &cap));
	insn_start(vcpu, &run);
	vcpu_run_to(vcpu, KVM_EXIT_ARM_NISV);
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
	insn_finish(vcpu, &run);
	ASSERT_EQ((u32)run.trap.esr, ESR_MAKE(EC_DABT, 0x10));
	ASSERT_EQ(run.trap.far, NOWHERE);
	ASSERT_EQ(run.trap.elr, run.addr);
}

/* Cache maintenance by address where there is nothing: nothing to do, and no exit. */
INSN_DEFINE(dc_civac, "dc civac, x1");
INSN_DEFINE(dc_cvac, "dc cvac, x1");
INSN_DEFINE(dc_ivac, "dc ivac, x1");
INSN_DEFINE(prfm, "prfm pldl1keep, [x1]");

struct maintenance {
	const char *name;
	const u32 *insn;
};

static const struct maintenance maintenance[] = {
	{ "dc civac", &insn_dc_civac },
	{ "dc cvac", &insn_dc_cvac },
	{ "dc ivac", &insn_dc_ivac },
	{ "prfm pldl1keep", &insn_prfm },
};

TEST_EACH(cache_maintenance, struct maintenance, maintenance)
{
	struct insn_run run = { .insn = *row->insn, .x = { 5, NOWHERE } };

	insn_exec(shared_vcpu(), &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
}

/*
 * Unaligned access to Device memory is the guest's own affair: an alignment
 * fault, where the CPU makes one (an emulated CPU may not).
 */
INSN_DEFINE(ldr_unaligned, "ldr w0, [x1]");

TEST(unaligned_in_device_memory)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = insn_ldr_unaligned, .x = { 5, MMIO_BASE + 1 } };

	insn_start(vcpu, &run);
	ASSERT_EQ(vcpu_run(vcpu), 0);
	if (!vcpu_at_report(vcpu)) {
		ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_MMIO);
		ASSERT_EQ(vcpu->run->mmio.phys_addr, MMIO_BASE + 1);
		SKIP("this CPU makes no alignment fault");
	}
	run = *guest_var(vcpu->vm, struct insn_run, insn_run);
	ASSERT_EQ(run.trap.vector, VECTOR_SYNC);
	ASSERT_EQ(run.trap.esr, ESR_MAKE(EC_DABT, 0x21));
	ASSERT_EQ(run.trap.far, MMIO_BASE + 1);
}

/* In Normal memory an unaligned access may be of one piece, or need two. */
TEST(unaligned_in_normal_memory)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = insn_ldr_unaligned, .x = { 5, NOWHERE + 1 } };

	insn_start(vcpu, &run);
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(vcpu->run->mmio.phys_addr, NOWHERE + 1);
	ASSERT_EQ(vcpu->run->mmio.len, 4);
	*(u32 *)vcpu->run->mmio.data = 0x99;
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.x[0], 0x99);
}

/* Read-only memory: reads are memory, writes are MMIO. */

static struct vm *vm_with_rom(u64 **rom)
{
	struct vm *vm = vm_create_guest(1);

	*rom = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(*rom != MAP_FAILED);
	vm_add_slot(vm, NOWHERE, SZ_64K, *rom, KVM_MEM_READONLY);
	return vm;
}

TEST(read_only_slot)
{
	u64 *rom;
	struct vm *vm = vm_with_rom(&rom);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run load = { .insn = insn_ldr_x, .x = { 0, NOWHERE + 8 } };
	struct insn_run store = { .insn = insn_str_x, .x = { 0x1234, NOWHERE + 8 } };
	unsigned int i;

	rom[1] = 0x5678;
	for (i = 0; i < 2; i++) {
		insn_exec(vcpu, &load);
		ASSERT_EQ(load.x[0], 0x5678);
		insn_start(vcpu, &store);
		vcpu_run_to_mmio(vcpu);
		ASSERT_EQ(vcpu->run->mmio.phys_addr, NOWHERE + 8);
		ASSERT_EQ(vcpu->run->mmio.is_write, 1);
		ASSERT_EQ(vcpu->run->mmio.len, 8);
		ASSERT_EQ(*(u64 *)vcpu->run->mmio.data, 0x1234);
		insn_finish(vcpu, &store);
		ASSERT_EQ(rom[1], 0x5678);
	}
}

/* The first access is a write: no page may appear that reads would then miss. */
TEST(read_only_slot_written_first)
{
	u64 *rom;
	struct vm *vm = vm_with_rom(&rom);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run store = { .insn = insn_str_x, .x = { 0x1234, NOWHERE } };
	struct insn_run load = { .insn = insn_ldr_x, .x = { 0, NOWHERE } };

	insn_start(vcpu, &store);
	vcpu_run_to_mmio(vcpu);
	insn_finish(vcpu, &store);
	insn_exec(vcpu, &load);
	ASSERT_EQ(load.x[0], 0);
}

TEST(read_only_slot_write_without_syndrome)
{
	u64 *rom;
	struct vm *vm = vm_with_rom(&rom);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = insn_stp, .x = { 1, NOWHERE, 2, 3 } };

	insn_start(vcpu, &run);
	ASSERT_EQ(vcpu_run(vcpu), -ENOSYS);
	ASSERT_EQ(rom[0], 0);
}

TEST(read_only_slot_can_be_executed)
{
	u64 *rom;
	struct vm *vm = vm_with_rom(&rom);

	rom[0] = 0xd65f03c0d2800540;	/* mov x0, #42; ret */
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_call, NOWHERE), 42);
}

/* The host writes to what the guest only reads, and the guest sees it. */
TEST(read_only_slot_changed_by_the_host)
{
	u64 *rom;
	struct vm *vm = vm_with_rom(&rom);
	struct insn_run load = { .insn = insn_ldr_x };
	u64 i;

	for (i = 0; i < 5; i++) {
		rom[2] = i;
		load.x[1] = NOWHERE + 16;
		insn_exec(&vm->vcpus[0], &load);
		ASSERT_EQ(load.x[0], i);
	}
}
