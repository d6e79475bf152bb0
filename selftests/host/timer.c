// SPDX-License-Identifier: GPL-2.0
/* The generic timer as a guest sees it (DDI 0487 D12), and its registers in user space. */
#define _GNU_SOURCE
#include "vm.h"

INSN_DEFINE(cntfrq, "mrs x0, cntfrq_el0");

TEST(frequency_is_the_hosts)
{
	struct vm *vm = vm_create_guest(1);
	struct insn_run run = { .insn = insn_cntfrq };

	insn_exec(&vm->vcpus[0], &run);
	ASSERT_EQ(run.x[0], counter_freq());
}

/* KVM's register ids: those of CVAL and CNT are swapped, and that is the ABI. */
TEST(register_ids)
{
	ASSERT_EQ(KVM_REG_ARM_TIMER_CTL, 0x603000000013df19);
	ASSERT_EQ(KVM_REG_ARM_TIMER_CNT, 0x603000000013df1a);
	ASSERT_EQ(KVM_REG_ARM_TIMER_CVAL, 0x603000000013df02);
	ASSERT_EQ(KVM_REG_ARM_PTIMER_CTL, 0x603000000013df11);
	ASSERT_EQ(KVM_REG_ARM_PTIMER_CVAL, 0x603000000013df12);
	ASSERT_EQ(KVM_REG_ARM_PTIMER_CNT, 0x603000000013df01);
}

TEST(counter_never_goes_back)
{
	struct vm *vm = vm_create_guest(1);

	vcpu_eval(&vm->vcpus[0], guest_monotonic, 5000);
}

static void *move_between_cpus(void *arg)
{
	volatile bool *stop = arg;
	unsigned int i, nr = nr_cpus_online();

	for (i = 0; !*stop; i++) {
		pin_to_cpu(i % nr);
		sleep_ms(1);
	}
	return NULL;
}

/* ... across exits and CPUs. */
TEST(counter_never_goes_back_between_cpus)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 last = 0;
	unsigned int i;

	vcpu_call(vcpu, guest_tell_count, 200);
	for (i = 0; i < 200; i++) {
		u64 now;

		pin_to_cpu(i % nr_cpus_online());
		now = vcpu_run_to_sync(vcpu).val[0];
		ASSERT_GE(now, last);
		last = now;
	}
}

/* ... and between vCPUs: time that one has read is past for all. */
TEST(counter_is_common_to_vcpus)
{
	struct vm *vm = vm_create_guest(2);
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		vcpu_call(&vm->vcpus[i], guest_monotonic_together, 5000);
		threads[i] = vcpu_run_async(&vm->vcpus[i]);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(vcpu_run_wait(threads[i]), 0);
		vcpu_check_end(&vm->vcpus[i]);
	}
}

/* Guest and host count the same time: the difference does not change. */
TEST(counter_keeps_its_distance_to_the_hosts)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 least = 0, most = ~0ULL;
	unsigned int i;

	vcpu_call(vcpu, guest_tell_count, 50);
	for (i = 0; i < 50; i++) {
		const u64 before = counter_now();
		const u64 guest = vcpu_run_to_sync(vcpu).val[0];
		const u64 after = counter_now();

		/* The guest's was read between the two: distances within both bounds. */
		if (before - guest > least)
			least = before - guest;
		if (after - guest < most)
			most = after - guest;
		ASSERT_LE(least, most);
		if (i % 10 == 0)
			sleep_ms(5);
	}
}

/* Time goes on while a vCPU is not run. */
TEST(counter_goes_on_without_the_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 before = vcpu_eval(vcpu, guest_count_now);

	sleep_ms(50);
	ASSERT_GE(vcpu_eval(vcpu, guest_count_now) - before, counter_freq() / 20);
}

TEST(counter_starts_with_the_vm)
{
	struct vm *vm = vm_create_guest(1);

	/* Far from the host's, which has counted since power-on, or just booted too. */
	ASSERT_LE(vcpu_get(&vm->vcpus[0], KVM_REG_ARM_TIMER_CNT), 30 * counter_freq());
}

/* A restored guest goes on counting from where it was. */
TEST(counter_set_by_user_space)
{
	const u64 counts[] = { 1ULL << 40, 123456789, 1ULL << 52, 0 };
	struct vm *vm = vm_create_guest(2);
	unsigned int i, cpu;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		vcpu_set(&vm->vcpus[0], KVM_REG_ARM_TIMER_CNT, counts[i]);
		ASSERT_LE(vcpu_get(&vm->vcpus[0], KVM_REG_ARM_TIMER_CNT) - counts[i],
			  30 * counter_freq());
		/* The VM has one time: it is that of the other vCPU too. */
		for (cpu = 0; cpu < 2; cpu++) {
			const u64 seen = vcpu_eval(&vm->vcpus[cpu], guest_count_now);

			ASSERT_LE(seen - counts[i], 30 * counter_freq());
		}
	}
}

/* The timers' registers */

TEST(virtual_timer_condition)
{
	vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_virtual_condition);
}

TEST(virtual_timer_tval)
{
	vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_virtual_tval);
}

TEST(virtual_timer_expires)
{
	vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_virtual_expires,
		  counter_freq() / 100);
}

TEST(physical_timer_condition)
{
	vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_physical_condition);
}

TEST(physical_timer_tval)
{
	vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_physical_tval);
}

TEST(physical_timer_expires)
{
	vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_physical_expires,
		  counter_freq() / 100);
}

/* What the guest writes user space gets, and the other way round. */
TEST(virtual_timer_and_user_space)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 far = 1ULL << 50;
	struct report report;

	vcpu_call(vcpu, guest_timer_registers, 3, far + 5);
	vcpu_run_to_sync(vcpu);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_TIMER_CTL), 3);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_TIMER_CVAL), far + 5);
	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CVAL, far + 7);
	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CTL, 2);
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(report.val[0] & 3, 2);
	ASSERT_EQ(report.val[1], far + 7);
	vcpu_run_to_end(vcpu);
}

/* ISTATUS is never stale: of the time of the question, or left out (KVM 7.x). */
TEST(timer_status_in_user_space)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CVAL, 1ULL << 50);
	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CTL, 3);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_TIMER_CTL), 3);
	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CVAL, 0);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_TIMER_CTL) | 4, 7);
	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CVAL, 1ULL << 50);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_TIMER_CTL), 3);
}

TEST(physical_timer_in_user_space)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	if (!vcpu_has_reg(vcpu, KVM_REG_ARM_PTIMER_CTL))
		SKIP("no physical timer registers");
	vcpu_set(vcpu, KVM_REG_ARM_PTIMER_CVAL, 1ULL << 60);
	vcpu_set(vcpu, KVM_REG_ARM_PTIMER_CTL, 3);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_PTIMER_CVAL), 1ULL << 60);
	ASSERT_EQ(vcpu_get(vcpu, KVM_REG_ARM_PTIMER_CTL), 3);
}

/* Each vCPU has a timer of its own; vCPUs on one CPU do not share the hardware's. */
TEST(timers_are_the_vcpus_own)
{
	struct vm *vm = vm_create_guest(2);
	unsigned int i;

	pin_to_cpu(0);
	for (i = 0; i < 2; i++) {
		vcpu_call(&vm->vcpus[i], guest_timer_registers, 3, (1ULL << 50) + i);
		vcpu_run_to_sync(&vm->vcpus[i]);
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(vcpu_run_to_sync(&vm->vcpus[i]).val[1], (1ULL << 50) + i);
}

/* A guest that waits with its timer set is woken by it. */
TEST(wfi_ends_by_the_timer)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 start = now_ns();

	/* Without an interrupt controller this is user space's to see to, or KVM's. */
	if (!device_cap(KVM_CAP_ARM_USER_IRQ))
		SKIP("no KVM_CAP_ARM_USER_IRQ, and no interrupt controller");
	vcpu_eval(vcpu, guest_timer_wfi, counter_freq() / 20);
	ASSERT_GE(now_ns() - start, 45000000);
}

/*
 * A timer interrupt that nobody takes, in a VM without an interrupt controller: the
 * host's own time goes on, and so do its other tasks on the CPU.
 */
TEST(host_time_goes_on_under_a_pending_timer)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	volatile bool stop = false;
	pthread_t thread, mover;
	unsigned int i;
	u64 start;

	kick_setup();
	pin_to_cpu(0);
	vcpu_call(vcpu, guest_timer_unmasked);
	thread = vcpu_run_async(vcpu);
	mover = thread_start(move_between_cpus, (void *)&stop);
	start = now_ns();
	for (i = 0; i < 20; i++)
		sleep_ms(5);
	/* 100 ms, and ten seconds would be a storm. */
	ASSERT_LE(now_ns() - start, 10000000000ULL);
	stop = true;
	thread_join(mover);
	vcpu_interrupt(thread);
}
