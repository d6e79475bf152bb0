// SPDX-License-Identifier: GPL-2.0
/* Interrupts: from where they come from to the end of the guest's handler. */
#define _GNU_SOURCE
#include <sys/eventfd.h>

#include "bench.h"
#include "gic.h"
#include "its.h"

#define ASLEEP		1
#define AWAKE		0
/* Longer than any vCPU polls before it sleeps. */
#define PAUSE_NS	3000000
/* Long enough for the receiver to be where it was. */
#define PAUSE_AWAKE_NS	50000
#define OPS		20

static void *run_receiver(void *arg)
{
	pin_to_cpu(GUEST_CPU);
	vcpu_run_to_end(arg);
	return NULL;
}

/* A vCPU that takes interrupts on the other CPU, in a thread of its own. */
static pthread_t start_receiver(struct vcpu *vcpu, bool asleep, u64 spi)
{
	pin_to_cpu(OTHER_CPU);
	vcpu_call(vcpu, bench_receive, asleep, spi);
	vcpu_run_to_sync(vcpu);
	return thread_start(run_receiver, vcpu);
}

/* vCPU 1 takes what vCPU 0 sends, which has been told how. */
static double send_between(struct vm *vm, bool asleep, u64 spi)
{
	pthread_t receiver = start_receiver(&vm->vcpus[1], asleep, spi);
	double ns = bench_run(&vm->vcpus[0], 1);

	thread_join(receiver);
	return ns;
}

static double send_sgis(bool asleep)
{
	struct vm *vm = gic_vm_create(2, 64).vm;

	vcpu_call(&vm->vcpus[0], bench_send_sgis, 1,
		  ns_to_ticks(asleep ? PAUSE_NS : PAUSE_AWAKE_NS));
	return send_between(vm, asleep, 0);
}

BENCH(sgi_running)
{
	return send_sgis(AWAKE);
}

BENCH(sgi_blocked)
{
	return send_sgis(ASLEEP);
}

/*
 * Interrupts that the host sends to a running guest. Where instructions are counted,
 * the emulator runs one CPU at a time, and YIELD gives the other one its turn; were
 * it to spin or sleep, the sender would be counted, too. Where the kernel has a
 * thread do the work, the sender has to sleep before that gets the CPU.
 */
static double send_from_host(struct vm *vm, void (*send)(void *arg), void *arg)
{
	const u64 *taken = guest_var(vm, u64, bench_taken);
	const u64 *taken_at = guest_var(vm, u64, bench_taken_at);
	u64 samples[BENCH_SAMPLES];
	unsigned int i, spins;

	for (i = 0; i < BENCH_SAMPLES; i++) {
		const u64 before = READ_ONCE(*taken);

		sleep_ms(1);
		samples[i] = counter_now();
		send(arg);
		for (spins = 0; READ_ONCE(*taken) == before && spins < 10; spins++)
			asm volatile("yield" ::: "memory");
		while (READ_ONCE(*taken) == before)
			sleep_ms(1);
		samples[i] = READ_ONCE(*taken_at) - samples[i];
	}
	/* One pause of four has a tick of the host's in it. */
	return bench_median(samples);
}

static void write_eventfd(void *arg)
{
	const int *fd = arg;
	const u64 one = 1;

	ASSERT_EQ(write(*fd, &one, sizeof(one)), sizeof(one));
}

/* An eventfd that is BENCH_SPI. */
static int spi_eventfd(const struct vm *vm)
{
	struct kvm_irqfd irqfd = { .gsi = BENCH_SPI - 32 };

	irqfd.fd = ASSERT_OK(eventfd(0, 0));
	ASSERT_OK(ioctl(vm->fd, KVM_IRQFD, &irqfd));
	return irqfd.fd;
}

BENCH(spi_irqfd)
{
	struct vm *vm = gic_vm_create(1, 64).vm;
	int fd = spi_eventfd(vm);

	bench_zero_offset(vm);
	start_receiver(&vm->vcpus[0], AWAKE, BENCH_SPI);
	return send_from_host(vm, write_eventfd, &fd);
}

static void send_msi(void *arg)
{
	ASSERT_EQ(signal_msi(arg, DEV, EVENT), 1);
}

BENCH(lpi_msi)
{
	struct its *its = its_mapped(1);

	bench_zero_offset(its->vm);
	start_receiver(&its->vm->vcpus[0], AWAKE, 0);
	return send_from_host(its->vm, send_msi, its);
}

/*
 * A doorbell: one vCPU's store signals an eventfd that is another's SPI, all within
 * the kernel, as where vhost signals it.
 */
BENCH(spi_doorbell)
{
	struct vm *vm = gic_vm_create(2, 64).vm;
	struct kvm_ioeventfd doorbell = { .addr = MMIO_BASE, .len = 4 };

	doorbell.fd = spi_eventfd(vm);
	ASSERT_OK(ioctl(vm->fd, KVM_IOEVENTFD, &doorbell));
	vcpu_call(&vm->vcpus[0], bench_ring, MMIO_BASE, ns_to_ticks(PAUSE_AWAKE_NS));
	return send_between(vm, AWAKE, BENCH_SPI);
}

/* A guest that has its ITS raise it. */
BENCH(lpi_int)
{
	struct its *its = its_mapped(2);

	movi(its, DEV, EVENT, 1);
	vcpu_call(&its->vm->vcpus[0], bench_send_lpis, its->queue, its->cwriter,
		  ns_to_ticks(PAUSE_AWAKE_NS));
	return send_between(its->vm, AWAKE, 0);
}

static struct vcpu *one_vcpu(void)
{
	pin_to_cpu(GUEST_CPU);
	return &gic_vm_create(1, 64).vm->vcpus[0];
}

BENCH(timer)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_timer, OPS);
	return bench_run(vcpu, OPS);
}

BENCH(wfi_wakeup)
{
	struct vcpu *vcpu = one_vcpu();

	vcpu_call(vcpu, bench_wake_up, ns_to_ticks(PAUSE_NS));
	return bench_run(vcpu, 1);
}
