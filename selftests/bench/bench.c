// SPDX-License-Identifier: GPL-2.0
/* Times and samples of them. See bench.h. */
#include "bench.h"

void bench_print(const char *name, double value)
{
	test_note("bench %s %.1f", name, value);
}

double ticks_to_ns(u64 ticks)
{
	return ticks * 1e9 / counter_freq();
}

u64 ns_to_ticks(u64 ns)
{
	return ns * (double)counter_freq() / 1e9;
}

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static double in_order(u64 *samples, unsigned int nr)
{
	qsort(samples, BENCH_SAMPLES, sizeof(*samples), compare);
	return ticks_to_ns(samples[nr]);
}

double bench_quartile(u64 *samples)
{
	return in_order(samples, BENCH_SAMPLES / 4);
}

double bench_median(u64 *samples)
{
	return in_order(samples, BENCH_SAMPLES / 2);
}

double bench_result(const struct vm *vm, u64 ops)
{
	return bench_quartile(guest_var(vm, u64, bench_samples)) / ops;
}

double bench_run(struct vcpu *vcpu, u64 ops)
{
	vcpu_run_to_end(vcpu);
	return bench_result(vcpu->vm, ops);
}

double bench_run_mmio(struct vcpu *vcpu, u64 ops)
{
	const struct kvm_run *run = vcpu->run;

	do {
		ASSERT_OK(ioctl(vcpu->fd, KVM_RUN, 0));
	} while (run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == MMIO_BASE);
	vcpu_check_end(vcpu);
	return bench_result(vcpu->vm, ops);
}

void bench_zero_offset(const struct vm *vm)
{
	struct kvm_arm_counter_offset offset = {};

	if (!device_cap(KVM_CAP_COUNTER_OFFSET))
		SKIP("no way to have the guest's counter be the host's");
	ASSERT_OK(ioctl(vm->fd, KVM_ARM_SET_COUNTER_OFFSET, &offset));
}
