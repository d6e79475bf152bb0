// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest asks its hypervisor by SMCCC about time: how much of it was stolen
 * (DEN0057), and what it is outside (KVM's PTP service).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "smccc.h"
#include "vm.h"

#define NOT_SUPPORTED	(-1)

INSN_DEFINE(hvc_0, "hvc #0");
INSN_DEFINE(cntpct, "mrs x0, cntpct_el0");
INSN_DEFINE(cntvct, "mrs x0, cntvct_el0");

static u64 call(struct vcpu *vcpu, u64 fn, u64 arg)
{
	return vcpu_eval(vcpu, hvc, fn, arg, 0, 0);
}

/* Stolen time */

#define STOLEN		(GUEST_RAM_BASE + 0x00500000)
#define STOLEN_2	(STOLEN + 64)

struct stolen {
	u32 revision;
	u32 attributes;
	u64 time;	/* nanoseconds */
	u8 padding[48];
};

static int place(const struct vcpu *vcpu, unsigned long ioctl_nr, u64 attr, u64 *base)
{
	struct kvm_device_attr arg = {
		.group = KVM_ARM_VCPU_PVTIME_CTRL, .attr = attr, .addr = (uintptr_t)base,
	};

	return ioctl(vcpu->fd, ioctl_nr, &arg);
}

static int set_place(const struct vcpu *vcpu, u64 base)
{
	return place(vcpu, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_IPA, &base);
}

static struct vm *vm_for_stolen_time(void)
{
	struct vm *vm = vm_create_guest(2);

	if (!device_cap(KVM_CAP_STEAL_TIME))
		SKIP("this kernel does not count it");
	return vm;
}

TEST(stolen_time_without_a_place)
{
	struct vcpu *vcpu = &vm_for_stolen_time()->vcpus[0];
	u64 base = 0;

	ASSERT_OK(place(vcpu, KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_IPA, &base));
	ASSERT_EQ(base, ~0ULL);
	ASSERT_EQ(call(vcpu, PV_TIME_FEATURES, PV_TIME_ST), NOT_SUPPORTED);
	ASSERT_EQ(call(vcpu, PV_TIME_ST, 0), NOT_SUPPORTED);
}

TEST(stolen_time_of_one_vcpu)
{
	struct vm *vm = vm_for_stolen_time();
	struct stolen *stolen = gpa_to_hva(vm, STOLEN);

	memset(stolen, 0xff, sizeof(*stolen));
	ASSERT_OK(set_place(&vm->vcpus[0], STOLEN));
	ASSERT_EQ(call(&vm->vcpus[0], SMCCC_ARCH_FEATURES, PV_TIME_FEATURES), 0);
	ASSERT_EQ(call(&vm->vcpus[0], PV_TIME_FEATURES, PV_TIME_FEATURES), 0);
	ASSERT_EQ(call(&vm->vcpus[0], PV_TIME_FEATURES, PV_TIME_ST), 0);
	ASSERT_EQ(call(&vm->vcpus[0], PV_TIME_FEATURES, PV_TIME_ST + 1), NOT_SUPPORTED);
	ASSERT_EQ(call(&vm->vcpus[0], PV_TIME_ST, 0), STOLEN);
	ASSERT_EQ(stolen->revision, 0);
	ASSERT_EQ(stolen->attributes, 0);
	/* In nanoseconds, from now on. */
	ASSERT_LE(stolen->time, 10000000000ULL);
	ASSERT_EQ(call(&vm->vcpus[1], PV_TIME_ST, 0), NOT_SUPPORTED);
	ASSERT_OK(set_place(&vm->vcpus[1], STOLEN_2));
	ASSERT_EQ(call(&vm->vcpus[1], PV_TIME_ST, 0), STOLEN_2);
}

TEST(stolen_time_attribute)
{
	struct vm *vm = vm_for_stolen_time();
	const struct vcpu *vcpu = &vm->vcpus[0];
	u64 base = STOLEN;

	ASSERT_OK(place(vcpu, KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_IPA, NULL));
	ASSERT_ERRNO(place(vcpu, KVM_HAS_DEVICE_ATTR, 1, NULL), ENXIO);
	ASSERT_ERRNO(place(vcpu, KVM_GET_DEVICE_ATTR, 1, &base), ENXIO);
	ASSERT_ERRNO(place(vcpu, KVM_SET_DEVICE_ATTR, 1, &base), ENXIO);
	ASSERT_ERRNO(place(vcpu, KVM_SET_DEVICE_ATTR, 0, (u64 *)8), EFAULT);
	ASSERT_ERRNO(place(vcpu, KVM_GET_DEVICE_ATTR, 0, (u64 *)8), EFAULT);
	ASSERT_ERRNO(set_place(vcpu, STOLEN + 8), EINVAL);
	ASSERT_ERRNO(set_place(vcpu, MMIO_BASE), EINVAL);
	ASSERT_ERRNO(set_place(vcpu, ~63ULL), EINVAL);
	ASSERT_OK(set_place(vcpu, STOLEN));
	ASSERT_ERRNO(set_place(vcpu, STOLEN_2), EEXIST);
	base = 0;
	ASSERT_OK(place(vcpu, KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_IPA, &base));
	ASSERT_EQ(base, STOLEN);
}

/* What the scheduler says of this thread: nanoseconds that it waited for a CPU. */
static u64 run_delay(void)
{
	unsigned long long ran, waited;
	FILE *f = fopen("/proc/thread-self/schedstat", "r");

	if (!f)
		SKIP("no schedstat: %s", strerror(errno));
	ASSERT_EQ(fscanf(f, "%llu %llu", &ran, &waited), 2);
	fclose(f);
	return waited;
}

/* Somebody else on the CPU that the vCPU runs on. */
static void *burn(void *arg)
{
	const bool *stop = arg;

	pin_to_cpu(0);
	while (!READ_ONCE(*stop))
		;
	return NULL;
}

#define STOLEN_NS	20000000	/* some time slices */

/* Until enough was stolen. Never more than what the thread waited, by @before. */
static void run_among_others(struct vcpu *vcpu, const struct stolen *stolen, u64 before)
{
	const u64 deadline = now_ns() + 20000000000ULL;
	const u64 first = READ_ONCE(stolen->time);

	while (READ_ONCE(stolen->time) < first + STOLEN_NS) {
		vcpu_eval(vcpu, guest_monotonic, 2000);
		ASSERT_LE(READ_ONCE(stolen->time) - first, run_delay() - before);
		ASSERT(now_ns() < deadline);
	}
}

TEST(stolen_time_is_what_the_thread_waited)
{
	struct vm *vm = vm_for_stolen_time();
	struct vcpu *vcpu = &vm->vcpus[0];
	const struct stolen *stolen = gpa_to_hva(vm, STOLEN);
	bool stop = false;
	pthread_t burner;
	u64 before, waited;

	pin_to_cpu(0);
	ASSERT_OK(set_place(vcpu, STOLEN));
	before = run_delay();
	ASSERT_EQ(call(vcpu, PV_TIME_ST, 0), STOLEN);
	burner = thread_start(burn, &stop);
	run_among_others(vcpu, stolen, before);
	WRITE_ONCE(stop, true);
	thread_join(burner);
	/* With the next entry all is told. */
	waited = run_delay();
	vcpu_eval(vcpu, guest_add, 1, 2);
	ASSERT_GE(stolen->time + STOLEN_NS, waited - before);
	ASSERT_EQ(vcpu_eval(vcpu, guest_read, STOLEN + offsetof(struct stolen, time)),
		  stolen->time);
}

/* A guest that came from elsewhere: the sum goes on, though no one asks for a place. */
TEST(stolen_time_goes_on)
{
	struct vm *vm = vm_for_stolen_time();
	struct stolen *stolen = gpa_to_hva(vm, STOLEN);
	const u64 old = 123456789012345;
	bool stop = false;
	pthread_t burner;

	pin_to_cpu(0);
	stolen->time = old;
	ASSERT_OK(set_place(&vm->vcpus[0], STOLEN));
	burner = thread_start(burn, &stop);
	/* KVM counts from the thread's beginning, where nobody asks. */
	run_among_others(&vm->vcpus[0], stolen, 0);
	WRITE_ONCE(stop, true);
	thread_join(burner);
	ASSERT_GE(stolen->time, old + STOLEN_NS);
}

/* PTP */

static void need_arch_counter(void)
{
	char name[64] = "";
	FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");

	if (!f || !fgets(name, sizeof(name), f) || strcmp(name, "arch_sys_counter\n"))
		SKIP("the host does not tell time by the counter");
	fclose(f);
}

static u64 real_time(void)
{
	struct timespec ts;

	ASSERT_OK(clock_gettime(CLOCK_REALTIME, &ts));
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static u64 counter(struct vcpu *vcpu, u32 insn)
{
	struct insn_run run = { .insn = insn };

	insn_exec(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	return run.x[0];
}

struct ptp {
	const char *name;
	u64 which;
	const u32 *insn;
};

static const struct ptp ptps[] = {
	{ "virtual counter", KVM_PTP_VIRT_COUNTER, &insn_cntvct },
	{ "physical counter", KVM_PTP_PHYS_COUNTER, &insn_cntpct },
	{ "upper half of the argument is ignored", BIT(32) | KVM_PTP_VIRT_COUNTER, &insn_cntvct },
};

/* Time and count of one moment, which is that of the call. */
TEST_EACH(ptp, struct ptp, ptps)
{
	struct vcpu *vcpu = &vm_create_guest(1)->vcpus[0];
	struct insn_run run = { .insn = insn_hvc_0, .x = { HYP_KVM_PTP, row->which } };
	u64 time, count, time_before, count_before;

	need_arch_counter();
	ASSERT_EQ(device_cap(KVM_CAP_PTP_KVM), 1);
	time_before = real_time();
	count_before = counter(vcpu, *row->insn);
	insn_exec(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	time = run.x[0] << 32 | run.x[1];
	count = run.x[2] << 32 | run.x[3];
	ASSERT_GE(time, time_before);
	ASSERT_GE(count, count_before);
	ASSERT_LE(time, real_time());
	ASSERT_LE(count, counter(vcpu, *row->insn));
}

/* The counter's offset is the guest's, and the host's time is not changed by it. */
TEST(ptp_with_an_offset)
{
	struct vcpu *vcpu = &vm_create_guest(1)->vcpus[0];
	struct insn_run run = { .insn = insn_hvc_0, .x = { HYP_KVM_PTP, KVM_PTP_VIRT_COUNTER } };
	const u64 start = BIT(50);

	need_arch_counter();
	vcpu_set(vcpu, KVM_REG_ARM_TIMER_CNT, start);
	insn_exec(vcpu, &run);
	ASSERT_GE(run.x[2] << 32 | run.x[3], start);
	ASSERT_LE(run.x[2] << 32 | run.x[3], counter(vcpu, insn_cntvct));
	ASSERT_LE(run.x[0] << 32 | run.x[1], real_time());
}

TEST(ptp_of_no_counter)
{
	struct vcpu *vcpu = &vm_create_guest(1)->vcpus[0];

	ASSERT_EQ(call(vcpu, HYP_KVM_PTP, 2), NOT_SUPPORTED);
	ASSERT_EQ(call(vcpu, HYP_KVM_PTP, 0xffffffff), NOT_SUPPORTED);
}

/* User space takes the service away. */
TEST(ptp_taken_away)
{
	struct vcpu *vcpu = &vm_create_guest(1)->vcpus[0];
	const u64 services = vcpu_get(vcpu, KVM_REG_ARM_VENDOR_HYP_BMAP);
	const u64 ptp = BIT(KVM_REG_ARM_VENDOR_HYP_BIT_PTP);

	ASSERT_EQ(services & ptp, ptp);
	vcpu_set(vcpu, KVM_REG_ARM_VENDOR_HYP_BMAP, services & ~ptp);
	ASSERT_EQ(call(vcpu, HYP_FEATURES, 0) & ptp, 0);
	ASSERT_EQ(call(vcpu, HYP_KVM_PTP, KVM_PTP_VIRT_COUNTER), NOT_SUPPORTED);
}
