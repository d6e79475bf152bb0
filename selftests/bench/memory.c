// SPDX-License-Identifier: GPL-2.0
/* Memory: first touch, and rounds of the dirty log. */
#define _GNU_SOURCE
#include "bench.h"

#define HIGH_BASE	0x100000000ULL

/* Guest memory that nobody has touched, in pages or in blocks. */
static struct vcpu *with_memory(u64 size, int advice)
{
	struct vm *vm = vm_create_guest(1);
	char *hva = mmap(NULL, size + SZ_2M, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(hva != MAP_FAILED);
	hva = (char *)(((uintptr_t)hva + SZ_2M - 1) & -SZ_2M);
	ASSERT_OK(madvise(hva, size, advice));
	vm_add_slot(vm, HIGH_BASE, size, hva, 0);
	pin_to_cpu(GUEST_CPU);
	return &vm->vcpus[0];
}

static double touch(u64 ops, u64 stride, int advice)
{
	struct vcpu *vcpu = with_memory(BENCH_SAMPLES * ops * stride, advice);

	vcpu_call(vcpu, bench_touch, ops, HIGH_BASE, stride);
	return bench_run(vcpu, ops);
}

BENCH(touch_4k)
{
	return touch(64, SZ_4K, MADV_NOHUGEPAGE);
}

BENCH(touch_2m)
{
	return touch(1, SZ_2M, MADV_HUGEPAGE);
}

/* Dirty log: the guest writes to all pages, the host asks which. Per page. */

#define PAGES		256
#define LOG_SLOT	1

struct log_round {
	struct vcpu *vcpu;
	bool clear;
	u64 bits[PAGES / 64];
};

static void one_round(struct log_round *round)
{
	struct kvm_dirty_log get = { .slot = LOG_SLOT, .dirty_bitmap = round->bits };
	struct kvm_clear_dirty_log clear = {
		.slot = LOG_SLOT, .num_pages = PAGES, .dirty_bitmap = round->bits,
	};
	const int vm = round->vcpu->vm->fd;

	ASSERT_OK(ioctl(round->vcpu->fd, KVM_RUN, 0));
	ASSERT_OK(ioctl(vm, KVM_GET_DIRTY_LOG, &get));
	if (round->clear)
		ASSERT_OK(ioctl(vm, KVM_CLEAR_DIRTY_LOG, &clear));
}

static double dirty_rounds(bool manual)
{
	struct log_round round = {
		.vcpu = with_memory(PAGES * SZ_4K, MADV_NOHUGEPAGE), .clear = manual,
	};
	const struct vm *vm = round.vcpu->vm;
	const struct slot *slot = &vm->slots[LOG_SLOT];
	const struct kvm_enable_cap cap = {
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
		.args[0] = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
	};
	u64 samples[BENCH_SAMPLES];
	unsigned int i;

	if (manual)
		ASSERT_OK(ioctl(vm->fd, KVM_ENABLE_CAP, &cap));
	ASSERT_OK(vm_set_slot((struct vm *)vm, LOG_SLOT, slot->gpa, slot->size,
			      slot->hva, KVM_MEM_LOG_DIRTY_PAGES));
	vcpu_call(round.vcpu, bench_dirty, PAGES, HIGH_BASE);
	one_round(&round);
	for (i = 0; i < BENCH_SAMPLES; i++) {
		samples[i] = counter_now();
		one_round(&round);
		samples[i] = counter_now() - samples[i];
		ASSERT_EQ(round.bits[0], ~0ULL);
	}
	return bench_quartile(samples) / PAGES;
}

BENCH(dirty_log_get)
{
	return dirty_rounds(false);
}

BENCH(dirty_log_clear)
{
	return dirty_rounds(true);
}
