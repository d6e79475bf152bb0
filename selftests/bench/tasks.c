// SPDX-License-Identifier: GPL-2.0
/* VMs and vCPUs as the host's processes and threads. */
#define _GNU_SOURCE
#include <sched.h>

#include "bench.h"

/* A VM from its creation over the first thing that its guest does to its end. */
static void whole_life(void *ram, u64 entry)
{
	struct vm vm = { .fd = ASSERT_OK(ioctl(device_open(), KVM_CREATE_VM, 0)) };
	const long size = ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0);
	struct vcpu *vcpu;

	ASSERT_OK(vm_set_slot(&vm, 0, GUEST_RAM_BASE, GUEST_RAM_SIZE, ram, 0));
	vcpu = vm_add_ready_vcpu(&vm, 0, VCPU_PSCI);
	vcpu_set(vcpu, CORE_REG_PC, entry);
	vcpu_run_to_mmio(vcpu);
	munmap(vcpu->run, size);
	close(vcpu->fd);
	close(vm.fd);
}

BENCH(vm_lifecycle)
{
	void *ram = vm_create_guest(1)->slots[0].hva;
	const u64 entry = guest_symbol("guest_cpu_on_entry");
	u64 samples[BENCH_SAMPLES];
	unsigned int i;

	pin_to_cpu(GUEST_CPU);
	for (i = 0; i < BENCH_SAMPLES; i++) {
		samples[i] = counter_now();
		whole_life(ram, entry);
		samples[i] = counter_now() - samples[i];
	}
	return bench_quartile(samples);
}

/* A task that has precedence over the vCPU's and wants the CPU now and then. */
static void *take_turns(void *arg)
{
	const struct sched_param param = { .sched_priority = 1 };
	u64 *turns = arg;

	ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &param));
	for (;;) {
		sleep_ms(1);
		WRITE_ONCE(*turns, *turns + 1);
	}
	return NULL;
}

BENCH(preempted)
{
	struct vm *vm = vm_create_guest(1);

	pin_to_cpu(GUEST_CPU);
	vcpu_call(&vm->vcpus[0], bench_preempted);
	thread_start(take_turns, guest_var(vm, u64, bench_turns));
	return bench_run(&vm->vcpus[0], 1);
}
