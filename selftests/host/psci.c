// SPDX-License-Identifier: GPL-2.0
/* Calls to the hypervisor: SMCCC (DEN0028) and PSCI (DEN0022) by HVC and SMC. */
#define _GNU_SOURCE
#include "smccc.h"
#include "sysregs.h"

INSN_DEFINE(hvc, "hvc #0");
INSN_DEFINE(hvc_ffff, "hvc #0xffff");
INSN_DEFINE(smc, "smc #0");
INSN_DEFINE(smc_1, "smc #1");

/* vCPU 0 runs, vCPU 1 is off, vCPU 2 is on (and is not run). */
static struct vm *three_cpus(void)
{
	static struct vm *vm;

	if (!vm) {
		vm = vm_create_guest(1);
		vm_add_ready_vcpu(vm, 1, VCPU_PSCI | VCPU_OFF);
		vm_add_ready_vcpu(vm, 2, VCPU_PSCI);
	}
	return vm;
}

static s64 call_by(u32 insn, struct vcpu *vcpu, u64 fn, u64 a1, u64 a2, u64 a3)
{
	struct insn_run run = { .insn = insn, .x = { fn, a1, a2, a3 } };

	insn_exec(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	return run.x[0];
}

static s64 call(struct vcpu *vcpu, u64 fn, u64 a1, u64 a2, u64 a3)
{
	return call_by(insn_hvc, vcpu, fn, a1, a2, a3);
}

struct call {
	const char *name;
	u64 x[4];
	s64 result;
};

static const struct call calls[] = {
	/* Errors of CPU_ON, in DEN0022 5.6's terms. */
	{ "CPU_ON of the caller", { PSCI_CPU_ON64, 0 }, PSCI_ALREADY_ON },
	{ "CPU_ON of a CPU that is on", { PSCI_CPU_ON64, 2 }, PSCI_ALREADY_ON },
	{ "CPU_ON (32 bits) of a CPU that is on", { PSCI_CPU_ON, 2 }, PSCI_ALREADY_ON },
	{ "CPU_ON of no CPU", { PSCI_CPU_ON64, 3 }, PSCI_INVALID_PARAMETERS },
	{ "CPU_ON of no CPU, Aff1", { PSCI_CPU_ON64, 0x100 }, PSCI_INVALID_PARAMETERS },
	{ "CPU_ON of no CPU, Aff3", { PSCI_CPU_ON64, BIT(32) }, PSCI_INVALID_PARAMETERS },
	{ "CPU_ON with a reserved bit", { PSCI_CPU_ON64, BIT(24) }, PSCI_INVALID_PARAMETERS },
	{ "CPU_ON with bit 31, as in MPIDR_EL1", { PSCI_CPU_ON64, BIT(31) | 1 },
	  PSCI_INVALID_PARAMETERS },
	{ "CPU_ON of all bits", { PSCI_CPU_ON64, ~0ULL }, PSCI_INVALID_PARAMETERS },
	{ "CPU_ON (32 bits) ignores upper halves", { PSCI_CPU_ON, BIT(32) | 2 },
	  PSCI_ALREADY_ON },

	{ "AFFINITY_INFO of the caller", { PSCI_AFFINITY_INFO64, 0, 0 }, PSCI_ON },
	{ "AFFINITY_INFO of a CPU that is off", { PSCI_AFFINITY_INFO64, 1, 0 }, PSCI_OFF },
	{ "AFFINITY_INFO of a CPU that is on", { PSCI_AFFINITY_INFO64, 2, 0 }, PSCI_ON },
	{ "AFFINITY_INFO (32 bits)", { PSCI_AFFINITY_INFO, 1, 0 }, PSCI_OFF },
	{ "AFFINITY_INFO (32 bits) ignores upper halves",
	  { PSCI_AFFINITY_INFO, BIT(32) | 1, BIT(32) }, PSCI_OFF },
	{ "AFFINITY_INFO of a cluster", { PSCI_AFFINITY_INFO64, 1, 1 }, PSCI_ON },
	{ "AFFINITY_INFO at level 3", { PSCI_AFFINITY_INFO64, 0, 3 }, PSCI_ON },
	{ "AFFINITY_INFO of no CPU", { PSCI_AFFINITY_INFO64, 3, 0 },
	  PSCI_INVALID_PARAMETERS },
	{ "AFFINITY_INFO of no cluster", { PSCI_AFFINITY_INFO64, 0x100, 1 },
	  PSCI_INVALID_PARAMETERS },
	{ "AFFINITY_INFO at level 4", { PSCI_AFFINITY_INFO64, 0, 4 },
	  PSCI_INVALID_PARAMETERS },
	{ "AFFINITY_INFO at level of all bits", { PSCI_AFFINITY_INFO64, 0, ~0ULL },
	  PSCI_INVALID_PARAMETERS },

	{ "MIGRATE_INFO_TYPE: no trusted OS to migrate", { PSCI_MIGRATE_INFO_TYPE }, 2 },
	{ "MIGRATE", { PSCI_MIGRATE, 0 }, PSCI_NOT_SUPPORTED },
	{ "MIGRATE_INFO_UP_CPU", { PSCI_MIGRATE_INFO_UP_CPU }, PSCI_NOT_SUPPORTED },

	{ "FEATURES of PSCI_VERSION", { PSCI_FEATURES, PSCI_GET_VERSION }, 0 },
	{ "FEATURES of PSCI_FEATURES", { PSCI_FEATURES, PSCI_FEATURES }, 0 },
	{ "FEATURES of CPU_SUSPEND", { PSCI_FEATURES, PSCI_CPU_SUSPEND64 }, 0 },
	{ "FEATURES of CPU_OFF", { PSCI_FEATURES, PSCI_CPU_OFF }, 0 },
	{ "FEATURES of CPU_ON", { PSCI_FEATURES, PSCI_CPU_ON }, 0 },
	{ "FEATURES of CPU_ON (64 bits)", { PSCI_FEATURES, PSCI_CPU_ON64 }, 0 },
	{ "FEATURES of AFFINITY_INFO", { PSCI_FEATURES, PSCI_AFFINITY_INFO64 }, 0 },
	{ "FEATURES of MIGRATE_INFO_TYPE", { PSCI_FEATURES, PSCI_MIGRATE_INFO_TYPE }, 0 },
	{ "FEATURES of SYSTEM_OFF", { PSCI_FEATURES, PSCI_SYSTEM_OFF }, 0 },
	{ "FEATURES of SYSTEM_RESET", { PSCI_FEATURES, PSCI_SYSTEM_RESET }, 0 },
	{ "FEATURES of SYSTEM_RESET2", { PSCI_FEATURES, PSCI_SYSTEM_RESET2 }, 0 },
	{ "FEATURES of SYSTEM_RESET2 (64 bits)", { PSCI_FEATURES, PSCI_SYSTEM_RESET2_64 }, 0 },
	{ "FEATURES of SMCCC_VERSION", { PSCI_FEATURES, SMCCC_VERSION }, 0 },
	{ "FEATURES of MIGRATE", { PSCI_FEATURES, PSCI_MIGRATE }, PSCI_NOT_SUPPORTED },
	{ "FEATURES of SYSTEM_SUSPEND, not enabled", { PSCI_FEATURES, PSCI_SYSTEM_SUSPEND64 },
	  PSCI_NOT_SUPPORTED },
	{ "FEATURES of an unknown function", { PSCI_FEATURES, 0x8400001f },
	  PSCI_NOT_SUPPORTED },
	{ "FEATURES of all bits", { PSCI_FEATURES, ~0ULL }, PSCI_NOT_SUPPORTED },

	{ "CPU_FREEZE", { PSCI_CPU_FREEZE }, PSCI_NOT_SUPPORTED },
	{ "CPU_DEFAULT_SUSPEND", { PSCI_CPU_DEFAULT_SUSPEND }, PSCI_NOT_SUPPORTED },
	{ "NODE_HW_STATE", { PSCI_NODE_HW_STATE }, PSCI_NOT_SUPPORTED },
	{ "SYSTEM_SUSPEND, not enabled", { PSCI_SYSTEM_SUSPEND64 }, PSCI_NOT_SUPPORTED },
	{ "SET_SUSPEND_MODE", { PSCI_SET_SUSPEND_MODE, 1 }, PSCI_NOT_SUPPORTED },
	{ "MEM_PROTECT", { PSCI_MEM_PROTECT, 1 }, PSCI_NOT_SUPPORTED },
	{ "SYSTEM_RESET2 of a reserved type", { PSCI_SYSTEM_RESET2, 1 },
	  PSCI_INVALID_PARAMETERS },

	{ "unknown function of PSCI", { 0x8400001f }, PSCI_NOT_SUPPORTED },
	{ "unknown function of PSCI (64 bits)", { 0xc400001f }, PSCI_NOT_SUPPORTED },
	{ "unknown architecture function", { 0x8000ffff }, PSCI_NOT_SUPPORTED },
	{ "SMCCC_ARCH_FEATURES of an unknown function",
	  { SMCCC_ARCH_FEATURES, 0x8000ffff }, PSCI_NOT_SUPPORTED },
	{ "unknown CPU service", { 0x81000000 }, PSCI_NOT_SUPPORTED },
	{ "unknown SiP service", { 0x82000000 }, PSCI_NOT_SUPPORTED },
	{ "unknown OEM service", { 0x83000000 }, PSCI_NOT_SUPPORTED },
	{ "unknown trusted OS call", { 0xb2000000 }, PSCI_NOT_SUPPORTED },
	{ "a yielding call", { 0x00000000 }, PSCI_NOT_SUPPORTED },
	{ "all bits", { ~0ULL }, PSCI_NOT_SUPPORTED },
};

TEST_EACH(hvc, struct call, calls)
{
	const u64 *x = row->x;

	ASSERT_EQ(call(&three_cpus()->vcpus[0], x[0], x[1], x[2], x[3]), row->result);
}

/* Calls */

TEST(smccc_version)
{
	struct vcpu *vcpu = &three_cpus()->vcpus[0];

	/* 1.1 at least: what a guest's Spectre mitigations need. */
	ASSERT_GE(call(vcpu, SMCCC_VERSION, 0, 0, 0), 0x10001);
}

/* W0 names the function: the upper half of x0 counts for nothing (DEN0028 3.1). */
TEST(function_identifier_has_32_bits)
{
	struct vcpu *vcpu = &three_cpus()->vcpus[0];

	ASSERT_EQ(call(vcpu, BIT(63) | BIT(32) | PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
}

TEST(call_preserves_registers)
{
	vcpu_eval(&three_cpus()->vcpus[0], guest_hvc_preserves, PSCI_GET_VERSION);
	vcpu_eval(&three_cpus()->vcpus[0], guest_hvc_preserves, 0x8400001f);
}

TEST(psci_version_is_user_spaces)
{
	struct vcpu *vcpu = &three_cpus()->vcpus[0];
	const u64 version = vcpu_get(vcpu, KVM_REG_ARM_PSCI_VERSION);

	ASSERT_GE(version, 0x10001);
	ASSERT_EQ(call(vcpu, PSCI_GET_VERSION, 0, 0, 0), version);
}

/* User space may make it an older one, for a guest that was migrated from there. */
TEST(psci_version_set_to_older)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	vcpu_set(vcpu, KVM_REG_ARM_PSCI_VERSION, 0x10000);
	ASSERT_EQ(call(vcpu, PSCI_GET_VERSION, 0, 0, 0), 0x10000);
	ASSERT_EQ(call(vcpu, PSCI_FEATURES, PSCI_CPU_ON64, 0, 0), 0);
	ASSERT_EQ(call(vcpu, PSCI_FEATURES, PSCI_SYSTEM_RESET2, 0, 0),
		  PSCI_NOT_SUPPORTED);
	ASSERT_EQ(call(vcpu, PSCI_SYSTEM_RESET2, 0, 0, 0), PSCI_NOT_SUPPORTED);
	vcpu_set(vcpu, KVM_REG_ARM_PSCI_VERSION, 0x2);
	ASSERT_EQ(call(vcpu, PSCI_GET_VERSION, 0, 0, 0), 0x2);
	ASSERT_EQ(call(vcpu, PSCI_FEATURES, PSCI_CPU_ON64, 0, 0), PSCI_NOT_SUPPORTED);
	ASSERT_EQ(call(vcpu, PSCI_AFFINITY_INFO64, 0, 0, 0), PSCI_ON);
}

TEST(psci_version_refused)
{
	static const u64 versions[] = { 0, 1, 3, 0x10004, 0x20000, ~0ULL };
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 version = vcpu_get(vcpu, KVM_REG_ARM_PSCI_VERSION);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(versions); i++)
		ASSERT_ERRNO(vcpu_set_raw(vcpu, KVM_REG_ARM_PSCI_VERSION,
					  &versions[i]), EINVAL);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_PSCI_VERSION), version);
}

TEST(without_psci_0_2)
{
	struct vm *vm = vm_create_type(options.device, 0);
	struct vcpu *vcpu;

	vm_load_guest(vm);
	vcpu = vm_add_ready_vcpu(vm, 0, 0);
	ASSERT_EQ(call(vcpu, PSCI_GET_VERSION, 0, 0, 0), PSCI_NOT_SUPPORTED);
	ASSERT_EQ(call(vcpu, PSCI_SYSTEM_OFF, 0, 0, 0), PSCI_NOT_SUPPORTED);
	ASSERT_EQ(call(vcpu, PSCI_CPU_ON64, 0, 0, 0), PSCI_NOT_SUPPORTED);
}

/* SMC: the same interface, and no way to the firmware. */

TEST(smc_is_answered_here)
{
	struct vcpu *vcpu = &three_cpus()->vcpus[0];
	const s64 old = PSCI_NOT_SUPPORTED;

	ASSERT_EQ(call_by(insn_smc, vcpu, PSCI_GET_VERSION, 0, 0, 0),
		  kvm_before(6, 4) ? old : call(vcpu, PSCI_GET_VERSION, 0, 0, 0));
	ASSERT_EQ(call_by(insn_smc, vcpu, PSCI_AFFINITY_INFO64, 1, 0, 0),
		  kvm_before(6, 4) ? old : PSCI_OFF);
	ASSERT_EQ(call_by(insn_smc, vcpu, 0x8400001f, 0, 0, 0), PSCI_NOT_SUPPORTED);
	ASSERT_EQ(call_by(insn_smc, vcpu, 0x82000000, 0, 0, 0), PSCI_NOT_SUPPORTED);
}

TEST(smc_with_an_immediate_is_no_call)
{
	struct vcpu *vcpu = &three_cpus()->vcpus[0];

	ASSERT_EQ(call_by(insn_smc_1, vcpu, PSCI_GET_VERSION, 0, 0, 0), PSCI_NOT_SUPPORTED);
	ASSERT_EQ(call_by(insn_smc_1, vcpu, PSCI_SYSTEM_OFF, 0, 0, 0),
		  PSCI_NOT_SUPPORTED);
}

TEST(hvc_with_an_immediate)
{
	struct vcpu *vcpu = &three_cpus()->vcpus[0];

	ASSERT_EQ(call_by(insn_hvc_ffff, vcpu, 0x8400001f, 0, 0, 0),
		  PSCI_NOT_SUPPORTED);
}

TEST(hvc_and_smc_at_el0_are_undefined)
{
	const u32 insns[] = { insn_hvc, insn_smc };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		struct insn_run run = {
			.insn = insns[i], .el0 = 1, .x[0] = PSCI_SYSTEM_OFF,
		};

		insn_exec(&three_cpus()->vcpus[0], &run);
		ASSERT_EQ(run.trap.vector, VECTOR_SYNC_EL0);
		ASSERT_EQ(run.trap.esr, ESR_MAKE(EC_UNKNOWN, 0));
		ASSERT_EQ(run.trap.elr, run.addr);
	}
}

/* CPU_ON and CPU_OFF */

static u32 mp_state(const struct vcpu *vcpu)
{
	struct kvm_mp_state state;

	ASSERT_OK(ioctl(vcpu->fd, KVM_GET_MP_STATE, &state));
	return state.mp_state;
}

/* The state at the entry point, DEN0022 6.4: EL1, all masked, MMU off, x0 = context. */
TEST(cpu_on_entry_state)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *caller = &vm->vcpus[0];
	struct vcpu *target = vm_add_ready_vcpu(vm, 1, VCPU_PSCI | VCPU_OFF);
	const u64 context = 0xfedcba9876543210;
	pthread_t thread;

	/* Whatever its registers held before is gone. */
	vcpu_set(target, CORE_REG_PC, 0xdead0000);
	vcpu_set(target, CORE_REG_X(5), 0x5555);
	vcpu_set(target, REG_SCTLR_EL1, SCTLR_ON);
	/* Asked before it runs: KVM_RUN keeps other ioctls waiting. */
	ASSERT_EQ(mp_state(target), KVM_MP_STATE_STOPPED);
	thread = vcpu_run_async(target);
	ASSERT_EQ(call(caller, PSCI_CPU_ON64, 1, guest_symbol("guest_cpu_on_entry"),
		       context), PSCI_SUCCESS);
	ASSERT_EQ(vcpu_run_wait(thread), 0);

	ASSERT_EQ(target->run->exit_reason, KVM_EXIT_MMIO);
	ASSERT_EQ(target->run->mmio.phys_addr, MMIO_BASE);
	ASSERT_EQ(*(u64 *)target->run->mmio.data, context);
	ASSERT_EQ(vcpu_get(target, CORE_REG_X(0)), context);
	ASSERT_EQ(vcpu_get(target, CORE_REG_PSTATE) & ~0xf0000000ULL,
		  PSTATE_DAIF | PSTATE_EL1H);
	ASSERT_EQ(vcpu_get(target, REG_SCTLR_EL1) &
		  (SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_EE), 0);
	ASSERT_EQ(mp_state(target), KVM_MP_STATE_RUNNABLE);
	ASSERT_EQ(vcpu_get(target, REG_MPIDR_EL1), BIT(31) | 1);
	ASSERT_EQ(call(caller, PSCI_AFFINITY_INFO64, 1, 0, 0), PSCI_ON);
	ASSERT_EQ(call(caller, PSCI_CPU_ON64, 1, 0, 0), PSCI_ALREADY_ON);
}

/* The 32-bit call has 32-bit parameters. */
TEST(cpu_on_32_bits)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *target = vm_add_ready_vcpu(vm, 1, VCPU_PSCI | VCPU_OFF);
	const u64 junk = 0xffffffff00000000;

	ASSERT_EQ(call(&vm->vcpus[0], PSCI_CPU_ON, junk | 1,
		       junk | guest_symbol("guest_cpu_on_entry"), junk | 0x1234),
		  PSCI_SUCCESS);
	vcpu_run_to_mmio(target);
	ASSERT_EQ(*(u64 *)target->run->mmio.data, 0x1234);
}

/* It starts when it is run, also if that is later; before, it is on already. */
TEST(cpu_on_before_the_target_runs)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *target = vm_add_ready_vcpu(vm, 1, VCPU_PSCI | VCPU_OFF);
	const u64 entry = guest_symbol("guest_cpu_on_entry");

	ASSERT_EQ(call(&vm->vcpus[0], PSCI_CPU_ON64, 1, entry, 7), PSCI_SUCCESS);
	ASSERT_EQ(call(&vm->vcpus[0], PSCI_CPU_ON64, 1, entry, 8), PSCI_ALREADY_ON);
	ASSERT_EQ(mp_state(target), KVM_MP_STATE_RUNNABLE);
	vcpu_run_to_mmio(target);
	ASSERT_EQ(*(u64 *)target->run->mmio.data, 7);
}

TEST(cpu_off_and_on_again)
{
	struct vm *vm = vm_create_guest(2);
	struct vcpu *caller = &vm->vcpus[0], *target = &vm->vcpus[1];
	const u64 entry = guest_symbol("guest_cpu_on_entry");
	pthread_t thread;
	unsigned int i;

	kick_setup();
	for (i = 0; i < 3; i++) {
		vcpu_call(target, guest_cpu_off);
		thread = vcpu_run_async(target);
		while (call(caller, PSCI_AFFINITY_INFO64, 1, 0, 0) != PSCI_OFF)
			;
		ASSERT_EQ(call(caller, PSCI_CPU_ON64, 1, entry, 100 + i),
			  PSCI_SUCCESS);
		ASSERT_EQ(vcpu_run_wait(thread), 0);
		ASSERT_EQ(target->run->exit_reason, KVM_EXIT_MMIO);
		ASSERT_EQ(*(u64 *)target->run->mmio.data, 100 + i);
	}
}

/* A CPU that is off stays in KVM_RUN, and is STOPPED for user space. */
TEST(cpu_off_waits)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	pthread_t thread;

	kick_setup();
	vcpu_call(vcpu, guest_cpu_off);
	thread = vcpu_run_async(vcpu);
	sleep_ms(50);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(mp_state(vcpu), KVM_MP_STATE_STOPPED);
}

/* CPU_SUSPEND is a WFI here: nothing to wake it but a signal, success afterwards. */
TEST(cpu_suspend)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = insn_hvc, .x[0] = PSCI_CPU_SUSPEND64 };
	pthread_t thread;

	kick_setup();
	insn_start(vcpu, &run);
	/* Until it was in the call, and not still on its way there. */
	do {
		thread = vcpu_run_async(vcpu);
		sleep_ms(50);
		ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	} while (vcpu_get(vcpu, CORE_REG_X(0)) != PSCI_SUCCESS);
	ASSERT_EQ(mp_state(vcpu), KVM_MP_STATE_RUNNABLE);
	insn_finish(vcpu, &run);
	ASSERT_EQ(run.x[0], PSCI_SUCCESS);
}

/* The system's end */

struct system_call {
	const char *name;
	u64 fn, arg;
	u32 event;
	u64 flags;
};

static const struct system_call system_calls[] = {
	{ "SYSTEM_OFF", PSCI_SYSTEM_OFF, 0, KVM_SYSTEM_EVENT_SHUTDOWN, 0 },
	{ "SYSTEM_RESET", PSCI_SYSTEM_RESET, 0, KVM_SYSTEM_EVENT_RESET, 0 },
	{ "SYSTEM_RESET2, warm", PSCI_SYSTEM_RESET2, 0, KVM_SYSTEM_EVENT_RESET,
	  KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 },
	{ "SYSTEM_RESET2 (64 bits), warm", PSCI_SYSTEM_RESET2_64, 0,
	  KVM_SYSTEM_EVENT_RESET, KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 },
	{ "SYSTEM_RESET2, a vendor's type", PSCI_SYSTEM_RESET2_64, 0x80000000,
	  KVM_SYSTEM_EVENT_RESET, KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 },
};

TEST_EACH(system_event, struct system_call, system_calls)
{
	struct vm *vm = vm_create_guest(2);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = insn_hvc, .x = { row->fn, row->arg } };
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };

	insn_start(vcpu, &run);
	vcpu_run_to(vcpu, KVM_EXIT_SYSTEM_EVENT);
	ASSERT_EQ(vcpu->run->system_event.type, row->event);
	ASSERT_EQ(vcpu->run->system_event.ndata, 1);
	ASSERT_EQ(vcpu->run->system_event.data[0], row->flags);
	/* No vCPU of the VM goes on by itself. */
	ASSERT_EQ(mp_state(&vm->vcpus[0]), KVM_MP_STATE_STOPPED);
	ASSERT_EQ(mp_state(&vm->vcpus[1]), KVM_MP_STATE_STOPPED);
	/* If user space insists, the call has failed. */
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable));
	insn_finish(vcpu, &run);
	ASSERT_EQ((s64)run.x[0], PSCI_INTERNAL_FAILURE);
}

/* A reset is a new start: init again, and the guest runs as at first. */
TEST(system_reset_and_init)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct insn_run run = { .insn = insn_hvc, .x[0] = PSCI_SYSTEM_RESET };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		insn_start(vcpu, &run);
		vcpu_run_to(vcpu, KVM_EXIT_SYSTEM_EVENT);
		ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
		ASSERT_EQ(mp_state(vcpu), KVM_MP_STATE_RUNNABLE);
		ASSERT_EQ(vcpu_eval(vcpu, guest_add, i, 1), i + 1);
	}
}

/* Another vCPU that runs at SYSTEM_OFF is stopped too. */
TEST(system_off_stops_the_others)
{
	struct vm *vm = vm_create_guest(2);
	struct vcpu *other = &vm->vcpus[1];
	struct insn_run run = { .insn = insn_hvc, .x[0] = PSCI_SYSTEM_OFF };
	volatile u64 *count = guest_var(vm, u64, spin_count);
	pthread_t thread;
	u64 last;

	kick_setup();
	vcpu_call(other, guest_spin);
	thread = vcpu_run_async(other);
	while (!*count)
		sleep_ms(1);
	insn_start(&vm->vcpus[0], &run);
	vcpu_run_to(&vm->vcpus[0], KVM_EXIT_SYSTEM_EVENT);
	/* It leaves the guest soon: the counter comes to rest. */
	do {
		last = *count;
		sleep_ms(20);
	} while (*count != last);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(mp_state(other), KVM_MP_STATE_STOPPED);
}
