// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of one CPU to more than the host has, from power-on to power-off: PSCI
 * starts the CPUs, SGIs go from each to each, a timer ticks on each, all go off.
 */
#include "gic.h"

#define NR_IRQS		64

struct cpus {
	const char *name;
	unsigned int nr;
};

static const struct cpus cpus[] = {
	{ "1 vCPU", 1 }, { "2 vCPUs", 2 }, { "4 vCPUs", 4 }, { "8 vCPUs", 8 },
};

static void power_off(struct vcpu *vcpu)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_STOPPED };

	ASSERT_OK(ioctl(vcpu->fd, KVM_SET_MP_STATE, &state));
}

static u32 mp_state(struct vcpu *vcpu)
{
	struct kvm_mp_state state;

	ASSERT_OK(ioctl(vcpu->fd, KVM_GET_MP_STATE, &state));
	return state.mp_state;
}

TEST_EACH(boot, struct cpus, cpus)
{
	struct vm *vm = gic_vm_create_reset(row->nr, NR_IRQS).vm;
	pthread_t threads[MAX_GUEST_CPUS];
	unsigned int i;

	kick_setup();
	for (i = 1; i < row->nr; i++) {
		power_off(&vm->vcpus[i]);
		threads[i] = vcpu_run_async(&vm->vcpus[i]);
	}
	vcpu_call(&vm->vcpus[0], smp_boot, row->nr, counter_ticks(1000));
	vcpu_run_to(&vm->vcpus[0], KVM_EXIT_SYSTEM_EVENT);
	ASSERT_EQ(vm->vcpus[0].run->system_event.type, KVM_SYSTEM_EVENT_SHUTDOWN);
	for (i = 1; i < row->nr; i++) {
		ASSERT_EQ(vcpu_interrupt(threads[i]), -EINTR);
		ASSERT_EQ(mp_state(&vm->vcpus[i]), KVM_MP_STATE_STOPPED);
	}
}
