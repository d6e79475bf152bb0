// SPDX-License-Identifier: GPL-2.0
/* A guest runs at all: reports, assertions, exceptions of its own, single instructions. */
#include "vm.h"

TEST(call_and_return)
{
	struct vm *vm = vm_create_guest(1);

	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 40, 2), 42);
}

TEST(call_many_times)
{
	struct vm *vm = vm_create_guest(1);
	unsigned int i;

	for (i = 0; i < 200; i++)
		ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, i, i), 2 * i);
}

TEST(sync_points)
{
	struct vm *vm = vm_create_guest(1);
	u64 i;

	vcpu_call(&vm->vcpus[0], guest_count, 5);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(vcpu_run_to_sync(&vm->vcpus[0]).val[0], i);
	ASSERT_EQ(vcpu_run_to_end(&vm->vcpus[0]), 5);
}

TEST(guest_is_at_el1)
{
	struct vm *vm = vm_create_guest(1);

	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_current_el), 1);
}

INSN_DEFINE(add, "add x0, x1, x2");
INSN_DEFINE(udf, "udf #0");
INSN_DEFINE(svc, "svc #0x1234");

TEST(single_instruction)
{
	struct vm *vm = vm_create_guest(1);
	struct insn_run run = { .insn = insn_add, .x = { 1, 2, 3, 4 } };

	insn_exec(&vm->vcpus[0], &run);
	ASSERT_EQ(run.x[0], 5);
	ASSERT_EQ(run.x[1], 2);
	ASSERT_EQ(run.x[3], 4);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
}

TEST(single_instruction_that_is_undefined)
{
	struct vm *vm = vm_create_guest(1);
	struct insn_run run = { .insn = insn_udf, .x = { 1, 2, 3, 4 } };

	insn_exec(&vm->vcpus[0], &run);
	ASSERT_EQ(run.trap.vector, VECTOR_SYNC);
	ASSERT_EQ(run.trap.esr, ESR_MAKE(EC_UNKNOWN, 0));
	ASSERT_EQ(run.trap.elr, run.addr);
	ASSERT_EQ(run.x[0], 1);
}

TEST(single_instruction_at_el0)
{
	struct vm *vm = vm_create_guest(1);
	struct insn_run run = { .insn = insn_svc, .el0 = 1, .x = { 1, 2, 3, 4 } };

	insn_exec(&vm->vcpus[0], &run);
	ASSERT_EQ(run.trap.vector, VECTOR_SYNC_EL0);
	ASSERT_EQ(run.trap.esr, ESR_MAKE(EC_SVC64, 0x1234));
	ASSERT_EQ(run.trap.elr, run.addr + 4);
	ASSERT_EQ(run.trap.spsr & PSTATE_BASE, PSTATE_DAIF | PSTATE_EL0T);
}
