// SPDX-License-Identifier: GPL-2.0
/* A vCPU's ioctls other than registers: init, state, events, run page, signals. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "vm.h"

/* KVM_ARM_VCPU_INIT */

struct init {
	const char *name;
	u32 target;
	u32 features[2];
	int err;
};

#define TARGET	KVM_ARM_TARGET_GENERIC_V8

static const struct init inits[] = {
	{ "no feature", TARGET, { 0 }, 0 },
	{ "PSCI 0.2", TARGET, { VCPU_PSCI }, 0 },
	{ "power off", TARGET, { VCPU_OFF }, 0 },
	{ "PSCI 0.2, power off", TARGET, { VCPU_PSCI | VCPU_OFF }, 0 },
	{ "a target that does not exist", 1000, { 0 }, EINVAL },
	{ "target of all bits", 0xffffffff, { 0 }, EINVAL },
	{ "target of another CPU", KVM_ARM_TARGET_XGENE_POTENZA, { 0 }, EINVAL },
	{ "unknown feature in the first word", TARGET, { BIT(20) }, ENOENT },
	{ "the highest feature of the first word", TARGET, { BIT(31) }, ENOENT },
	{ "a feature in the second word", TARGET, { 0, 1 }, ENOENT },
};

TEST_EACH(vcpu_init, struct init, inits)
{
	struct vm *vm = vm_create();
	struct vcpu *vcpu = vm_add_vcpu(vm, 0);
	struct kvm_vcpu_init init = {
		.target = row->target,
		.features = { row->features[0], row->features[1] },
	};

	if (!row->err) {
		ASSERT_OK(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init));
		return;
	}
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init), row->err);
	ASSERT_EQ(vcpu_run(vcpu), -ENOEXEC);
}

TEST(vcpu_init_bad_pointer)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, NULL), EFAULT);
}

TEST(vcpu_init_repeated)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	unsigned int i;

	for (i = 0; i < 5; i++)
		ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
}

TEST(vcpu_init_repeated_with_other_features)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);

	ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
	ASSERT_ERRNO(vcpu_init(vcpu, 0), EINVAL);
	ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
}

TEST(vcpu_init_of_two_vcpus_with_other_features)
{
	struct vm *vm = vm_create();
	struct vcpu *first = vm_add_vcpu(vm, 0), *second = vm_add_vcpu(vm, 1);

	if (kvm_before(6, 6))
		SKIP("KVM lets a VM's vCPUs differ before 6.6");
	ASSERT_OK(vcpu_init(first, VCPU_PSCI));
	ASSERT_ERRNO(vcpu_init(second, 0), EINVAL);
	/* Being off at first is a state and no feature: there they may differ. */
	ASSERT_OK(vcpu_init(second, VCPU_PSCI | VCPU_OFF));
}

struct optional_feature {
	const char *name;
	u32 bit;
	unsigned int cap;
};

static const struct optional_feature optional_features[] = {
	{ "EL1_32BIT", KVM_ARM_VCPU_EL1_32BIT, KVM_CAP_ARM_EL1_32BIT },
	{ "SVE", KVM_ARM_VCPU_SVE, KVM_CAP_ARM_SVE },
	{ "PMU_V3", KVM_ARM_VCPU_PMU_V3, KVM_CAP_ARM_PMU_V3 },
	{ "PTRAUTH_ADDRESS", KVM_ARM_VCPU_PTRAUTH_ADDRESS,
	  KVM_CAP_ARM_PTRAUTH_ADDRESS },
	{ "PTRAUTH_GENERIC", KVM_ARM_VCPU_PTRAUTH_GENERIC,
	  KVM_CAP_ARM_PTRAUTH_GENERIC },
};

/* What a capability denies cannot be asked for. */
TEST_EACH(vcpu_init_without_the_capability, struct optional_feature, optional_features)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);

	if (device_cap(row->cap) > 0)
		SKIP("the capability is there");
	ASSERT_ERRNO(vcpu_init(vcpu, VCPU_PSCI | BIT(row->bit)), EINVAL);
	ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
}

/* A reset by repeated init: registers are as at first, memory and identity stay. */
TEST(vcpu_init_resets_registers)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 sctlr = vcpu_get(vcpu, SYS_REG(3, 0, 1, 0, 0));
	const u64 mpidr = vcpu_get(vcpu, SYS_REG(3, 0, 0, 0, 5));

	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 1, 2), 3);
	ASSERT_NE(vcpu_get(vcpu, SYS_REG(3, 0, 1, 0, 0)), sctlr);
	ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
	ASSERT_EQ(vcpu_get(vcpu, SYS_REG(3, 0, 1, 0, 0)), sctlr);
	ASSERT_EQ(vcpu_get(vcpu, SYS_REG(3, 0, 0, 0, 5)), mpidr);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), 0);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PSTATE), PSTATE_DAIF | PSTATE_EL1H);
	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 3, 4), 7);
}

/* In the middle of an MMIO read: the reset wins, nothing is completed into it. */
TEST(vcpu_init_drops_a_pending_mmio_read)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	vcpu_call(vcpu, guest_mmio_read, MMIO_BASE);
	vcpu_run_to_mmio(vcpu);
	memset(vcpu->run->mmio.data, 0xff, 8);
	ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI));
	vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 3, 4), 7);
}

/* Before KVM_ARM_VCPU_INIT */

TEST(before_init_run)
{
	ASSERT_EQ(vcpu_run(vm_add_vcpu(vm_create(), 0)), -ENOEXEC);
}

TEST(before_init_registers)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	u64 value = 0;

	ASSERT_ERRNO(vcpu_get_raw(vcpu, CORE_REG_PC, &value), ENOEXEC);
	ASSERT_ERRNO(vcpu_set_raw(vcpu, CORE_REG_PC, &value), ENOEXEC);
}

TEST(before_init_register_list)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	struct kvm_reg_list list = { .n = 0 };

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_REG_LIST, &list), ENOEXEC);
}

/* KVM_GET_MP_STATE, KVM_SET_MP_STATE */

static int get_mp_state(const struct vcpu *vcpu)
{
	struct kvm_mp_state state = { .mp_state = 0xffff };

	ASSERT_OK(ioctl(vcpu->fd, KVM_GET_MP_STATE, &state));
	return state.mp_state;
}

static int set_mp_state(const struct vcpu *vcpu, u32 mp_state)
{
	struct kvm_mp_state state = { .mp_state = mp_state };

	return ioctl(vcpu->fd, KVM_SET_MP_STATE, &state);
}

TEST(mp_state_after_init)
{
	struct vm *vm = vm_create();

	ASSERT_EQ(get_mp_state(vm_add_ready_vcpu(vm, 0, VCPU_PSCI)),
		  KVM_MP_STATE_RUNNABLE);
	ASSERT_EQ(get_mp_state(vm_add_ready_vcpu(vm, 1, VCPU_PSCI | VCPU_OFF)),
		  KVM_MP_STATE_STOPPED);
}

TEST(mp_state_round_trip)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	ASSERT_OK(set_mp_state(vcpu, KVM_MP_STATE_STOPPED));
	ASSERT_EQ(get_mp_state(vcpu), KVM_MP_STATE_STOPPED);
	ASSERT_OK(set_mp_state(vcpu, KVM_MP_STATE_RUNNABLE));
	ASSERT_EQ(get_mp_state(vcpu), KVM_MP_STATE_RUNNABLE);
	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 1, 1), 2);
}

TEST(mp_state_is_restored_by_init)
{
	struct vm *vm = vm_create();
	struct vcpu *vcpu = vm_add_ready_vcpu(vm, 0, VCPU_PSCI | VCPU_OFF);

	ASSERT_OK(set_mp_state(vcpu, KVM_MP_STATE_RUNNABLE));
	ASSERT_OK(vcpu_init(vcpu, VCPU_PSCI | VCPU_OFF));
	ASSERT_EQ(get_mp_state(vcpu), KVM_MP_STATE_STOPPED);
}

struct bad_mp_state {
	const char *name;
	u32 state;
};

static const struct bad_mp_state bad_mp_states[] = {
	{ "UNINITIALIZED (x86)", KVM_MP_STATE_UNINITIALIZED },
	{ "INIT_RECEIVED (x86)", KVM_MP_STATE_INIT_RECEIVED },
	{ "HALTED (x86)", KVM_MP_STATE_HALTED },
	{ "CHECK_STOP (s390)", KVM_MP_STATE_CHECK_STOP },
	{ "LOAD (s390)", KVM_MP_STATE_LOAD },
	{ "1000", 1000 },
	{ "all bits", 0xffffffff },
};

TEST_EACH(mp_state_refused, struct bad_mp_state, bad_mp_states)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);

	ASSERT_ERRNO(set_mp_state(vcpu, row->state), EINVAL);
	ASSERT_EQ(get_mp_state(vcpu), KVM_MP_STATE_RUNNABLE);
}

/* A stopped vCPU waits in KVM_RUN; a signal gets it out. */
TEST(mp_state_stopped_vcpu_waits)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	pthread_t thread;

	kick_setup();
	vcpu_call(vcpu, guest_add, 1, 2);
	ASSERT_OK(set_mp_state(vcpu, KVM_MP_STATE_STOPPED));
	thread = vcpu_run_async(vcpu);
	sleep_ms(50);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(get_mp_state(vcpu), KVM_MP_STATE_STOPPED);
	/* It has not moved. */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), guest_symbol("_start"));
	ASSERT_OK(set_mp_state(vcpu, KVM_MP_STATE_RUNNABLE));
	ASSERT_EQ(vcpu_run_to_end(vcpu), 3);
}

/* KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS */

static struct kvm_vcpu_events get_events(const struct vcpu *vcpu)
{
	struct kvm_vcpu_events events;

	memset(&events, 0xff, sizeof(events));
	ASSERT_OK(ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events));
	return events;
}

TEST(events_none_after_init)
{
	const struct kvm_vcpu_events none = { };
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
	struct kvm_vcpu_events events = get_events(vcpu);

	/* Says that a syndrome can be given, pending or not. */
	ASSERT_EQ(events.exception.serror_has_esr,
		  device_cap(KVM_CAP_ARM_INJECT_SERROR_ESR));
	events.exception.serror_has_esr = 0;
	ASSERT(!memcmp(&events, &none, sizeof(none)));
}

TEST(events_set_what_was_got)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
	struct kvm_vcpu_events events = get_events(vcpu);

	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
}

struct junk_events {
	const char *name;
	struct kvm_vcpu_events events;
};

static const struct junk_events junk_events[] = {
	{ "in the padding", { .exception.pad[0] = 1 } },
	{ "at the end of the padding", { .exception.pad[4] = 0x80 } },
	{ "in the reserved words", { .reserved[0] = 1 } },
	{ "at the end of the reserved words", { .reserved[11] = 1U << 31 } },
	{ "a syndrome wider than the ISS",
	  { .exception.serror_pending = 1, .exception.serror_has_esr = 1,
	    .exception.serror_esr = 1ULL << 26 } },
};

TEST_EACH(events_junk, struct junk_events, junk_events)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &row->events), EINVAL);
	ASSERT_EQ(get_events(vcpu).exception.serror_pending, 0);
}

TEST(events_serror_with_syndrome_needs_the_capability)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
	struct kvm_vcpu_events events = {
		.exception.serror_pending = 1, .exception.serror_has_esr = 1,
	};

	if (device_cap(KVM_CAP_ARM_INJECT_SERROR_ESR))
		SKIP("the capability is there");
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events), EINVAL);
}

/* An SError waits, visibly, for the guest to unmask it; then it is gone. */
TEST(events_serror_is_delivered_once)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_vcpu_events events = { .exception.serror_pending = 1 };
	struct report report;

	vcpu_call(vcpu, guest_take_serror);
	report = vcpu_run_to_sync(vcpu);
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
	ASSERT_EQ(get_events(vcpu).exception.serror_pending, 1);
	/* The guest runs on with SError masked: still pending. */
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(get_events(vcpu).exception.serror_pending, 1);
	/* Unmasked it takes it, and only once. */
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(report.val[0], VECTOR_SERROR);
	ASSERT_EQ(ESR_EC(report.val[1]), EC_SERROR);
	ASSERT_EQ(get_events(vcpu).exception.serror_pending, 0);
	ASSERT_EQ(vcpu_run_to_end(vcpu), VECTOR_NONE);
}

TEST(events_serror_syndrome)
{
	const u32 iss = 0x1234 | (1 << 24);	/* IDS: the rest is implementation defined */
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_vcpu_events events = {
		.exception.serror_pending = 1, .exception.serror_has_esr = 1,
		.exception.serror_esr = iss,
	};

	if (!device_cap(KVM_CAP_ARM_INJECT_SERROR_ESR))
		SKIP("no KVM_CAP_ARM_INJECT_SERROR_ESR");
	vcpu_call(vcpu, guest_take_serror);
	vcpu_run_to_sync(vcpu);
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
	ASSERT_EQ(get_events(vcpu).exception.serror_has_esr, 1);
	ASSERT_EQ(get_events(vcpu).exception.serror_esr, iss);
	vcpu_run_to_sync(vcpu);
	ASSERT_EQ(vcpu_run_to_sync(vcpu).val[1], ESR_MAKE(EC_SERROR, iss));
}

/* An external abort in place of the access that exited: the answer to a bad address. */
TEST(events_external_abort_in_place_of_mmio)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };
	struct report report;

	vcpu_call(vcpu, guest_mmio_try_read, MMIO_BASE + 0x10);
	vcpu_run_to_mmio(vcpu);
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	/*
	 * DFSC 0x10: synchronous external abort, not on a table walk. Only the
	 * lower half: old KVM fills the upper one, RES0, with the sign.
	 */
	ASSERT_EQ((u32)report.val[1], ESR_MAKE(EC_DABT, 0x10));
	ASSERT_EQ(report.val[2], MMIO_BASE + 0x10);
	ASSERT_EQ(get_events(vcpu).exception.ext_dabt_pending, 0);
	vcpu_run_to_end(vcpu);
}

/* The run page */

/* Read a byte of a mapping in a child: what the child died of, or 0. */
static int probe(const volatile char *p)
{
	int status;
	pid_t pid = ASSERT_OK(fork());

	if (!pid) {
		(void)*p;
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* Nothing but the run page and its documented neighbours can be seen. */
TEST(run_page_mmap_beyond_its_size)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	const long page = getpagesize();
	const long size = ASSERT_OK(ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0));
	const long offsets[] = { size, size + page, 64 * page, BIT(30), BIT(40) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		char *p = mmap(NULL, page, PROT_READ, MAP_SHARED, vcpu->fd,
			       offsets[i]);

		if (p != MAP_FAILED)
			ASSERT_EQ(probe(p), SIGBUS);
	}
}

TEST(run_page_mmap_longer_than_its_size)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	const long page = getpagesize();
	const long size = ASSERT_OK(ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0));
	char *p = mmap(NULL, size + 16 * page, PROT_READ | PROT_WRITE,
		       MAP_SHARED, vcpu->fd, 0);
	long offset;

	if (p == MAP_FAILED)
		return;
	ASSERT_EQ(probe(p), 0);
	for (offset = size; offset < size + 16 * page; offset += page)
		ASSERT_EQ(probe(p + offset), SIGBUS);
}

TEST(run_page_mmap_again_is_the_same_page)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	struct kvm_run *again = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE,
				     MAP_SHARED, vcpu->fd, 0);

	ASSERT(again != MAP_FAILED);
	vcpu->run->immediate_exit = 0x5a;
	ASSERT_EQ(READ_ONCE(again->immediate_exit), 0x5a);
}

TEST(run_page_outlives_the_vcpu_fd)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);

	vcpu->run->immediate_exit = 1;
	close(vcpu->fd);
	close(vcpu->vm->fd);
	ASSERT_EQ(READ_ONCE(vcpu->run->immediate_exit), 1);
	vcpu->run->immediate_exit = 0;
}

TEST(run_refuses_an_argument)
{
	struct vm *vm = vm_create_guest(1);

	ASSERT_ERRNO(ioctl(vm->vcpus[0].fd, KVM_RUN, 1), EINVAL);
}

TEST(unknown_ioctl)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);

	ASSERT_ERRNO(ioctl(vcpu->fd, _IO(KVMIO, 0xfe), 0), EINVAL);
	ASSERT_ERRNO(ioctl(vcpu->fd, _IO('#', 0x01), 0), EINVAL);
}

/* Calls that KVM has for other architectures. */
TEST(ioctls_of_other_architectures)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
	char buf[4096] = { 0 };

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_REGS, buf), EINVAL);
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_SET_REGS, buf), EINVAL);
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_TRANSLATE, buf), EINVAL);
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_FPU, buf), EINVAL);
}

TEST(vcpu_enable_cap_refused)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
	struct kvm_enable_cap cap = { .cap = 1000000 };

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_ENABLE_CAP, &cap), EINVAL);
}

/* Signals and immediate_exit */

TEST(immediate_exit_before_the_first_instruction)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	vcpu_call(vcpu, guest_add, 1, 2);
	vcpu->run->immediate_exit = 1;
	ASSERT_EQ(vcpu_run(vcpu), -EINTR);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), guest_symbol("_start"));
	vcpu->run->immediate_exit = 0;
	ASSERT_EQ(vcpu_run_to_end(vcpu), 3);
}

/* With immediate_exit an MMIO read is completed, and nothing more is run. */
TEST(immediate_exit_completes_mmio)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 pc;

	vcpu_call(vcpu, guest_mmio_read, MMIO_BASE);
	vcpu_run_to_mmio(vcpu);
	pc = vcpu_get(vcpu, CORE_REG_PC);
	*(u64 *)vcpu->run->mmio.data = 0x1122334455667788;
	vcpu->run->immediate_exit = 1;
	ASSERT_EQ(vcpu_run(vcpu), -EINTR);
	/* guest_mmio_read is "ldr x0, [x0]; ret": the value is in x0, the load is past. */
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_X(0)), 0x1122334455667788);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), pc + 4);
	/* Once only: what the run page says now is not looked at. */
	*(u64 *)vcpu->run->mmio.data = 0;
	ASSERT_EQ(vcpu_run(vcpu), -EINTR);
	ASSERT_EQ(vcpu_get(vcpu, CORE_REG_PC), pc + 4);
	vcpu->run->immediate_exit = 0;
	ASSERT_EQ(vcpu_run_to_end(vcpu), 0x1122334455667788);
}

TEST(signal_mask_sizes)
{
	struct vcpu *vcpu = vm_add_ready_vcpu(vm_create(), 0, VCPU_PSCI);
	struct {
		struct kvm_signal_mask head;
		u8 sigset[16];
	} mask = { .head.len = 8 };
	unsigned int len;

	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &mask));
	for (len = 0; len <= 16; len++) {
		mask.head.len = len;
		if (len != 8)
			ASSERT_ERRNO(ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &mask),
				     EINVAL);
	}
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, NULL));
	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, -8UL), EFAULT);
}

static void block_kick(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
}

/*
 * The classic way to kick without a race: the signal is blocked but in KVM_RUN,
 * so that one that came before KVM_RUN is not lost.
 */
TEST(signal_mask_unblocks_during_run_only)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct {
		struct kvm_signal_mask head;
		u8 sigset[8];
	} mask = { .head.len = 8 };		/* nothing blocked */
	sigset_t pending;

	kick_setup();
	block_kick();
	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &mask));
	vcpu_call(vcpu, guest_spin);
	raise(SIGUSR1);
	ASSERT_EQ(vcpu_run(vcpu), -EINTR);
	ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_INTR);
	/* It has interrupted KVM_RUN and is still pending: user space consumes it. */
	sigpending(&pending);
	ASSERT_EQ(sigismember(&pending, SIGUSR1), 1);
}

/* A signal blocked during KVM_RUN as well does not interrupt it. */
TEST(signal_blocked_does_not_interrupt)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	kick_setup();
	block_kick();
	raise(SIGUSR1);
	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 1, 2), 3);
}

TEST(signal_interrupts_a_spinning_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	unsigned int i;

	kick_setup();
	vcpu_call(vcpu, guest_spin);
	for (i = 0; i < 5; i++) {
		pthread_t thread = vcpu_run_async(vcpu);

		sleep_ms(5);
		ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
		ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_INTR);
	}
	/* Paused, its registers can be read: it was in the loop and counted. */
	ASSERT_NE(*guest_var(vm, u64, spin_count), 0);
}

TEST(signal_interrupts_a_waiting_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	pthread_t thread;

	kick_setup();
	/* WFI without any source of interrupts waits for ever. */
	vcpu_call(vcpu, guest_wfi);
	thread = vcpu_run_async(vcpu);
	sleep_ms(30);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_INTR);
}
