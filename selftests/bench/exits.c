// SPDX-License-Identifier: GPL-2.0
/* Exits that the vCPU causes itself: calls, registers, MMIO. */
#define _GNU_SOURCE
#include <sys/eventfd.h>

#include "bench.h"
#include "gic.h"
#include "smccc.h"

#define OPS	100

static struct vcpu *one_vcpu(void)
{
	pin_to_cpu(GUEST_CPU);
	return &vm_create_guest(1)->vcpus[0];
}

BENCH(hypercall)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_hvc, OPS, SMCCC_VERSION);
	return bench_run(vcpu, OPS);
}

BENCH(psci_query)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_hvc, OPS, PSCI_FEATURES, PSCI_CPU_ON64);
	return bench_run(vcpu, OPS);
}

BENCH(sysreg_trap)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_read_id_register, OPS);
	return bench_run(vcpu, OPS);
}

BENCH(mmio_user_read)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_load, OPS, MMIO_BASE);
	return bench_run_mmio(vcpu, OPS);
}

BENCH(mmio_user_write)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_store, OPS, MMIO_BASE, 1);
	return bench_run_mmio(vcpu, OPS);
}

BENCH(fp_after_exit)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_load_and_fp, OPS, MMIO_BASE);
	return bench_run_mmio(vcpu, OPS);
}

BENCH(ioeventfd)
{
	struct vcpu *vcpu = one_vcpu();
	struct kvm_ioeventfd args = { .addr = MMIO_BASE, .len = 4 };

	args.fd = ASSERT_OK(eventfd(0, 0));
	ASSERT_OK(ioctl(vcpu->vm->fd, KVM_IOEVENTFD, &args));
	vcpu_call(vcpu, bench_store, OPS, MMIO_BASE, 1);
	return bench_run(vcpu, OPS);
}

static struct vcpu *one_vcpu_with_gic(void)
{
	pin_to_cpu(GUEST_CPU);
	return &gic_vm_create(1, 64).vm->vcpus[0];
}

static double gic_read(u64 addr)
{
	struct vcpu *vcpu = one_vcpu_with_gic();

	vcpu_call(vcpu, bench_load, OPS, addr);
	return bench_run(vcpu, OPS);
}

static double gic_write(u64 addr, u64 val)
{
	struct vcpu *vcpu = one_vcpu_with_gic();

	vcpu_call(vcpu, bench_store, OPS, addr, val);
	return bench_run(vcpu, OPS);
}

BENCH(vgic_dist_read)
{
	return gic_read(GICD_BASE + GICD_ISENABLER + 4);
}

BENCH(vgic_dist_write)
{
	return gic_write(GICD_BASE + GICD_ISENABLER + 4, BIT(8));
}

BENCH(vgic_redist_read)
{
	return gic_read(GICR_BASE + GICR_SGI + GICD_ISENABLER);
}

BENCH(vgic_redist_write)
{
	return gic_write(GICR_BASE + GICR_SGI + GICD_ISENABLER, BIT(8));
}

BENCH(eoi)
{
	struct vcpu *vcpu = one_vcpu_with_gic();

	/* A few instructions each: many of them make a time. */
	vcpu_call(vcpu, bench_eoi, 100 * OPS);
	return bench_run(vcpu, 100 * OPS);
}
