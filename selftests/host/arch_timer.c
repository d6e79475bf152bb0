// SPDX-License-Identifier: GPL-2.0
/*
 * The timers' interrupts: on time or late, never early, never lost; and what user
 * space has to do with them. (Counters and conditions without a GIC: timer.c.)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "crowd.h"
#include "gic.h"
#include "timer_abi.h"

#define NR_IRQS		64
#define DEFAULT_VIRT	27
#define DEFAULT_PHYS	30
#define MAX_BURNERS	8

/*
 * Late is what a busy host makes it: a bound that tells a timer that works from
 * one that only a chance exit brings in.
 */
#define LATE_LIMIT	counter_ticks(2000000)

/* On time */

struct shot {
	const char *name;
	u64 which, flags, us, nr;
};

static const struct shot shots[] = {
	{ "virtual, by CVAL", TIMER_VIRT, 0, 1000, 10 },
	{ "virtual, by TVAL", TIMER_VIRT, TIMER_BY_TVAL, 1000, 10 },
	{ "virtual, by CVAL, in WFI", TIMER_VIRT, TIMER_ASLEEP, 1000, 10 },
	{ "virtual, by TVAL, in WFI", TIMER_VIRT, TIMER_BY_TVAL | TIMER_ASLEEP, 1000, 10 },
	{ "virtual, EOImode 1", TIMER_VIRT, TIMER_EOIMODE1, 1000, 10 },
	{ "virtual, EOImode 1, in WFI", TIMER_VIRT, TIMER_EOIMODE1 | TIMER_ASLEEP, 1000, 10 },
	{ "virtual, at once", TIMER_VIRT, 0, 0, 50 },
	{ "virtual, almost at once", TIMER_VIRT, 0, 10, 50 },
	{ "virtual, almost at once, in WFI", TIMER_VIRT, TIMER_ASLEEP, 10, 50 },
	{ "virtual, a long time, in WFI", TIMER_VIRT, TIMER_ASLEEP, 100000, 1 },
	{ "physical, by CVAL", TIMER_PHYS, 0, 1000, 10 },
	{ "physical, by TVAL", TIMER_PHYS, TIMER_BY_TVAL, 1000, 10 },
	{ "physical, by CVAL, in WFI", TIMER_PHYS, TIMER_ASLEEP, 1000, 10 },
	{ "physical, by TVAL, in WFI", TIMER_PHYS, TIMER_BY_TVAL | TIMER_ASLEEP, 1000, 10 },
	{ "physical, EOImode 1", TIMER_PHYS, TIMER_EOIMODE1, 1000, 10 },
	{ "physical, EOImode 1, in WFI", TIMER_PHYS, TIMER_EOIMODE1 | TIMER_ASLEEP, 1000, 10 },
	{ "physical, at once", TIMER_PHYS, 0, 0, 50 },
	{ "physical, almost at once", TIMER_PHYS, 0, 10, 50 },
	{ "physical, almost at once, in WFI", TIMER_PHYS, TIMER_ASLEEP, 10, 50 },
	{ "physical, a long time, in WFI", TIMER_PHYS, TIMER_ASLEEP, 100000, 1 },
};

TEST_EACH(fires, struct shot, shots)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	const u64 latest = vcpu_eval(&gic.vm->vcpus[0], timer_shots, row->which, row->flags,
				     counter_ticks(row->us), row->nr);

	ASSERT_LE(latest, LATE_LIMIT);
}

struct which {
	const char *name;
	u64 which;
};

static const struct which whiches[] = {
	{ "virtual", TIMER_VIRT }, { "physical", TIMER_PHYS },
};

TEST_EACH(masked_in_the_timer, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	vcpu_eval(&gic.vm->vcpus[0], timer_masked, row->which, counter_ticks(1000));
}

TEST_EACH(cancelled, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	const u64 in_time = vcpu_eval(&gic.vm->vcpus[0], timer_cancelled, row->which,
				      counter_ticks(5000), 9);

	if (!in_time)
		SKIP("the host is too busy to cancel in time");
}

TEST_EACH(never, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	vcpu_eval(&gic.vm->vcpus[0], timer_never, row->which, counter_ticks(3000));
}

TEST_EACH(in_the_past, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	vcpu_eval(&gic.vm->vcpus[0], timer_in_the_past, row->which);
}

TEST_EACH(is_a_level, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	vcpu_eval(&gic.vm->vcpus[0], timer_is_a_level, row->which, counter_ticks(1000));
}

TEST_EACH(line_without_interrupt, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	vcpu_eval(&gic.vm->vcpus[0], timer_line_without_interrupt, row->which, counter_ticks(1000));
}

/* No tick is lost, whatever becomes of the thread */

struct rate {
	const char *name;
	u64 which, flags;
	bool migrate, kick;
};

static const struct rate rates[] = {
	{ "virtual", TIMER_VIRT, 0, false, false },
	{ "virtual, migrating", TIMER_VIRT, 0, true, false },
	{ "virtual, migrating in WFI", TIMER_VIRT, TIMER_ASLEEP, true, false },
	{ "virtual, kicked", TIMER_VIRT, 0, false, true },
	{ "virtual, kicked in WFI", TIMER_VIRT, TIMER_ASLEEP, false, true },
	{ "virtual, migrating and kicked, EOImode 1", TIMER_VIRT, TIMER_EOIMODE1, true, true },
	{ "physical", TIMER_PHYS, 0, false, false },
	{ "physical, migrating", TIMER_PHYS, 0, true, false },
	{ "physical, migrating in WFI", TIMER_PHYS, TIMER_ASLEEP, true, false },
	{ "physical, kicked", TIMER_PHYS, 0, false, true },
	{ "physical, kicked in WFI", TIMER_PHYS, TIMER_ASLEEP, false, true },
	{ "physical, migrating and kicked, EOImode 1", TIMER_PHYS, TIMER_EOIMODE1, true, true },
};

TEST_EACH(ticks_while, struct rate, rates)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct crowd crowd;

	vcpu_call(&gic.vm->vcpus[0], timer_ticks, row->which, row->flags, counter_ticks(1000), 100);
	crowd_start(&crowd, gic.vm, row->migrate, row->kick);
	crowd_join(&crowd);
}

static u64 thread_cpu_ms(void)
{
	struct timespec ts;

	ASSERT_OK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts));
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* WFI leaves the CPU to others: for the guest to wait long takes no CPU time. */
TEST_EACH(long_wait_is_sleep, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	u64 before;

	/* Short ones before it, for which it may be worth to stay. */
	vcpu_eval(vcpu, timer_shots, row->which, TIMER_ASLEEP, counter_ticks(1000), 20);
	before = thread_cpu_ms();
	vcpu_eval(vcpu, timer_shots, row->which, TIMER_ASLEEP, counter_ticks(600000), 1);
	ASSERT_LE(thread_cpu_ms() - before, 200);
}

/* Preempted: others want the CPU, too, and get it. */
struct burner {
	pthread_t thread;
	unsigned int cpu;
	bool stop;
};

static void *burn(void *arg)
{
	const struct burner *burner = arg;

	pin_to_cpu(burner->cpu);
	while (!READ_ONCE(burner->stop))
		;
	return NULL;
}

static void burner_start(struct burner *burner, unsigned int cpu)
{
	burner->cpu = cpu;
	burner->stop = false;
	burner->thread = thread_start(burn, burner);
}

static void burner_stop(struct burner *burner)
{
	WRITE_ONCE(burner->stop, true);
	thread_join(burner->thread);
}

static void *run_on_cpu_0(void *arg)
{
	pin_to_cpu(0);
	vcpu_run_to_end(arg);
	return NULL;
}

TEST_EACH(ticks_while_preempted, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct burner burner;
	pthread_t thread;

	vcpu_call(&gic.vm->vcpus[0], timer_ticks, row->which, 0, counter_ticks(1000), 100);
	burner_start(&burner, 0);
	thread = thread_start(run_on_cpu_0, &gic.vm->vcpus[0]);
	thread_join(thread);
	burner_stop(&burner);
}

/*
 * A wait may be over as it begins, by the counter, while the timer's condition is
 * yet to be seen: an emulated machine whose own CPUs are busy takes its time.
 */
TEST_EACH(wait_that_is_over_as_it_begins, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	const unsigned int nr = nr_cpus_online() < MAX_BURNERS ? nr_cpus_online() : MAX_BURNERS;
	struct burner burners[MAX_BURNERS];
	pthread_t thread;
	unsigned int i;

	vcpu_call(&gic.vm->vcpus[0], timer_sweep, row->which, TIMER_ASLEEP,
		  counter_ticks(500), 2000);
	for (i = 0; i < nr; i++)
		burner_start(&burners[i], i);
	thread = thread_start(run_on_cpu_0, &gic.vm->vcpus[0]);
	thread_join(thread);
	for (i = 0; i < nr; i++)
		burner_stop(&burners[i]);
}

/*
 * Takes CPU 0 from whoever is there, in the kernel too, where the kernel lets itself be
 * preempted: for a moment, again and again, at times that are always others. What a turn
 * costs besides, it leaves to others four times over.
 */
static void *interfere(void *arg)
{
	const struct sched_param param = { .sched_priority = 1 };
	const bool *stop = arg;
	u64 cost = 0;
	unsigned int i;

	pin_to_cpu(0);
	ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &param));
	for (i = 0; !READ_ONCE(*stop); i++) {
		const u64 rest = 40000 + i * 7919 % 60000 + 4 * cost, begin = now_ns();
		const struct timespec ts = { 0, rest < 10000000 ? rest : 10000000 };
		const u64 end = begin + i % 4 * 20000;

		while (now_ns() < end)
			;
		nanosleep(&ts, NULL);
		cost = now_ns() - end - ts.tv_nsec;
	}
	return NULL;
}

/* ... also where it is on its way to sleep, and the time comes meanwhile. */
TEST_EACH(waits_while_preempted, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct burner burner;
	pthread_t thread, other;
	bool stop = false;

	vcpu_call(&gic.vm->vcpus[0], timer_sweep, row->which, TIMER_ASLEEP,
		  counter_ticks(500), 3000);
	/* So that the vCPU is not alone on its CPU, and does not keep it as it waits. */
	burner_start(&burner, 0);
	other = thread_start(interfere, &stop);
	thread = thread_start(run_on_cpu_0, &gic.vm->vcpus[0]);
	thread_join(thread);
	WRITE_ONCE(stop, true);
	thread_join(other);
	burner_stop(&burner);
}

struct cpus {
	const char *name;
	unsigned int nr;
	u64 flags;
	bool migrate;
};

static const struct cpus cpus[] = {
	{ "1 vCPU", 1, 0, false },
	{ "2 vCPUs", 2, 0, false },
	{ "2 vCPUs in WFI", 2, TIMER_ASLEEP, false },
	{ "2 vCPUs, migrating", 2, 0, true },
	{ "8 vCPUs", 8, 0, false },
	{ "8 vCPUs in WFI", 8, TIMER_ASLEEP, false },
	{ "8 vCPUs in WFI, migrating", 8, TIMER_ASLEEP, true },
};

TEST_EACH(both_timers_on, struct cpus, cpus)
{
	struct gic_vm gic = gic_vm_create_reset(row->nr, NR_IRQS);
	struct crowd crowd;
	unsigned int i;

	for (i = 0; i < row->nr; i++)
		vcpu_call(&gic.vm->vcpus[i], timer_both, row->flags, counter_ticks(2000), 25);
	crowd_start(&crowd, gic.vm, row->migrate, false);
	crowd_join(&crowd);
}

/* Two VMs take turns on one CPU. */
static void two_vms(const char *other)
{
	const char *devices[2] = { options.device, other };
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct gic_vm gic = { .vm = vm_create_guest_on(devices[i], 1) };
		const u64 dist = GICD_BASE, redist = GICR_BASE;

		gic.fd = gic_create(gic.vm);
		ASSERT_EQ(gic_attr_set_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
					   KVM_VGIC_V3_ADDR_TYPE_DIST, &dist), 0);
		ASSERT_EQ(gic_attr_set_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
					   KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist), 0);
		ASSERT_EQ(gic_attr_set_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
					   KVM_DEV_ARM_VGIC_CTRL_INIT, NULL), 0);
		vcpu_call(&gic.vm->vcpus[0], timer_both, 0, counter_ticks(1000), 50);
		threads[i] = thread_start(run_on_cpu_0, &gic.vm->vcpus[0]);
	}
	for (i = 0; i < 2; i++)
		thread_join(threads[i]);
}

TEST(two_vms_on_one_cpu)
{
	two_vms(options.device);
}

static void need_dev_kvm(void)
{
	if (access("/dev/kvm", R_OK | W_OK))
		SKIP("no /dev/kvm");
}

TEST(beside_a_vm_of_kvm_on_one_cpu)
{
	need_dev_kvm();
	two_vms("/dev/kvm");
}

/* KVM sets up each CPU for its first VM, which may come at any time. */
static void *come_and_go(void *arg)
{
	const bool *stop = arg;
	int kvm, vm;

	while (!READ_ONCE(*stop)) {
		kvm = ASSERT_OK(open("/dev/kvm", O_RDWR | O_CLOEXEC));
		vm = ASSERT_OK(ioctl(kvm, KVM_CREATE_VM, 0));
		close(vm);
		close(kvm);
	}
	return NULL;
}

TEST_EACH(while_vms_of_kvm_come_and_go, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	bool stop = false;
	pthread_t thread;

	need_dev_kvm();
	thread = thread_start(come_and_go, &stop);
	vcpu_eval(&gic.vm->vcpus[0], timer_ticks, row->which, 0, counter_ticks(1000), 300);
	WRITE_ONCE(stop, true);
	thread_join(thread);
}

/*
 * A VM ends in its handler, so the timer's interrupt is still active in the
 * machine's GIC: the next one on this CPU must not miss its own for that.
 */
static void die_in_handler(u64 which, unsigned int cpu)
{
	const pid_t pid = ASSERT_OK(fork());
	int status;

	if (!pid) {
		struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

		pin_to_cpu(cpu);
		vcpu_call(&gic.vm->vcpus[0], timer_stop_in_handler, which, counter_ticks(500));
		vcpu_run_to_sync(&gic.vm->vcpus[0]);
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
}

TEST_EACH(after_a_vm_died_in_its_handler, struct which, whiches)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus_online(); cpu++) {
		struct gic_vm gic;

		die_in_handler(row->which, cpu);
		pin_to_cpu(cpu);
		gic = gic_vm_create_reset(1, NR_IRQS);
		vcpu_eval(&gic.vm->vcpus[0], timer_ticks, row->which, 0, counter_ticks(500), 5);
	}
}

/* In the handler the vCPU stands still and moves: the interrupt stays its own. */
TEST_EACH(moved_in_its_handler, struct which, whiches)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct gic_vm other = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		guest_var(gic.vm, u64, irq_cpus)[0] = 0;
		pin_to_cpu(i % nr_cpus_online());
		vcpu_call(vcpu, timer_stop_in_handler, row->which, counter_ticks(500));
		vcpu_run_to_sync(vcpu);
		/* Another VM's timer on the same CPU, then home or away. */
		vcpu_eval(&other.vm->vcpus[0], timer_shots, row->which, 0, counter_ticks(500), 2);
		pin_to_cpu((i + i / 2) % nr_cpus_online());
		vcpu_run_to_end(vcpu);
	}
}

/* Registers and attributes in user space */

struct regs {
	const char *name;
	u64 which, ctl, cval, cnt;
};

static const struct regs regs[] = {
	{ "virtual", TIMER_VIRT, KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CVAL,
	  KVM_REG_ARM_TIMER_CNT },
	{ "physical", TIMER_PHYS, KVM_REG_ARM_PTIMER_CTL, KVM_REG_ARM_PTIMER_CVAL,
	  KVM_REG_ARM_PTIMER_CNT },
};

TEST_EACH(armed_by_user_space, struct regs, regs)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	vcpu_set(vcpu, row->cval, vcpu_get(vcpu, row->cnt) + counter_ticks(3000));
	vcpu_set(vcpu, row->ctl, TIMER_CTL_ENABLE);
	ASSERT_LE(vcpu_eval(vcpu, timer_armed_outside, row->which), LATE_LIMIT);
	/* And again, for a time that has passed by now. */
	guest_var(gic.vm, u64, irq_cpus)[0] = 0;
	vcpu_set(vcpu, row->cval, 0);
	vcpu_set(vcpu, row->ctl, TIMER_CTL_ENABLE);
	vcpu_eval(vcpu, timer_armed_outside, row->which);
}

TEST_EACH(disarmed_by_user_space, struct regs, regs)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	vcpu_set(vcpu, row->cval, 0);
	vcpu_set(vcpu, row->ctl, TIMER_CTL_ENABLE);
	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 1, 2), 3);
	vcpu_set(vcpu, row->ctl, 0);
	vcpu_eval(vcpu, timer_masked, row->which, counter_ticks(500));
}

/* What the handler sees is what user space sees, status and all. */
TEST_EACH(read_in_the_handler, struct regs, regs)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	struct report report;

	vcpu_call(vcpu, timer_stop_in_handler, row->which, counter_ticks(500));
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(vcpu_get(vcpu, row->ctl), TIMER_CTL_ENABLE | TIMER_CTL_ISTATUS);
	ASSERT_EQ(vcpu_get(vcpu, row->cval), report.val[1]);
	ASSERT_GE(vcpu_get(vcpu, row->cnt), report.val[0]);
	vcpu_run_to_end(vcpu);
	ASSERT_EQ(vcpu_get(vcpu, row->ctl) & TIMER_CTL_ENABLE, 0);
}

/* A counter set by user space goes on from there, and the timer goes by it. */
TEST_EACH(counter_set_by_user_space, struct regs, regs)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	struct report report;

	if (row->which == TIMER_PHYS && !vcpu_has_reg(vcpu, row->cnt))
		SKIP("no such register");
	vcpu_set(vcpu, row->cnt, 0x123456789a);
	vcpu_call(vcpu, timer_tell_counts);
	report = vcpu_run_to_sync(vcpu);
	ASSERT_GE(report.val[row->which], 0x123456789a);
	ASSERT_LE(report.val[row->which], 0x123456789a + counter_ticks(30000000));
	vcpu_eval(vcpu, timer_shots, row->which, TIMER_ASLEEP, counter_ticks(1000), 3);
}

static int set_offset(const struct vm *vm, u64 offset, u64 reserved)
{
	struct kvm_arm_counter_offset arg = {
		.counter_offset = offset, .reserved = reserved,
	};

	return ioctl(vm->fd, KVM_ARM_SET_COUNTER_OFFSET, &arg) ? -errno : 0;
}

static void need_offset(void)
{
	if (!device_cap(KVM_CAP_COUNTER_OFFSET))
		SKIP("no KVM_CAP_COUNTER_OFFSET");
}

/* Both counters are the machine's, less the offset; the vCPU may have run before. */
TEST(counter_offset)
{
	struct gic_vm gic = gic_vm_create_reset(2, NR_IRQS);
	const u64 offset = counter_now() / 2;
	unsigned int i;

	need_offset();
	vcpu_eval(&gic.vm->vcpus[1], guest_add, 1, 2);
	ASSERT_EQ(set_offset(gic.vm, offset, 0), 0);
	for (i = 0; i < 2; i++) {
		struct vcpu *vcpu = &gic.vm->vcpus[i];
		const u64 before = counter_now() - offset;
		struct report report;
		u64 after;

		vcpu_call(vcpu, timer_tell_counts);
		report = vcpu_run_to_sync(vcpu);
		after = counter_now() - offset;
		ASSERT_GE(report.val[0], before);
		ASSERT_LE(report.val[0], after);
		ASSERT_GE(report.val[1], before);
		ASSERT_LE(report.val[1], after);
		/* From now on writes of the counter change nothing. */
		vcpu_set(vcpu, KVM_REG_ARM_TIMER_CNT, 0);
		ASSERT_GE(vcpu_get(vcpu, KVM_REG_ARM_TIMER_CNT), after);
		vcpu_eval(vcpu, timer_both, TIMER_ASLEEP, counter_ticks(1000), 5);
	}
}

TEST(counter_offset_errors)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	pthread_t thread;

	need_offset();
	ASSERT_EQ(set_offset(gic.vm, 0, 1), -EINVAL);
	ASSERT_EQ(set_offset(gic.vm, 0, BIT(63)), -EINVAL);
	ASSERT_ERRNO(ioctl(gic.vm->fd, KVM_ARM_SET_COUNTER_OFFSET, 8), EFAULT);
	kick_setup();
	vcpu_call(vcpu, guest_spin);
	thread = vcpu_run_async(vcpu);
	while (!*guest_var(gic.vm, volatile u64, spin_count))
		sleep_ms(1);
	ASSERT_EQ(set_offset(gic.vm, 0, 0), -EBUSY);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(set_offset(gic.vm, 0, 0), 0);
}

static int timer_attr(const struct vcpu *vcpu, unsigned long call, u64 attr, int *intid)
{
	struct kvm_device_attr arg = {
		.group = KVM_ARM_VCPU_TIMER_CTRL, .attr = attr, .addr = (uintptr_t)intid,
	};

	return ioctl(vcpu->fd, call, &arg) ? -errno : 0;
}

static int get_intid(const struct vcpu *vcpu, u64 attr)
{
	int intid = 0;

	ASSERT_EQ(timer_attr(vcpu, KVM_GET_DEVICE_ATTR, attr, &intid), 0);
	return intid;
}

static int set_intid(const struct vcpu *vcpu, u64 attr, int intid)
{
	return timer_attr(vcpu, KVM_SET_DEVICE_ATTR, attr, &intid);
}

#define ATTR_VIRT	KVM_ARM_VCPU_TIMER_IRQ_VTIMER
#define ATTR_PHYS	KVM_ARM_VCPU_TIMER_IRQ_PTIMER

TEST(interrupt_numbers)
{
	struct gic_vm gic = gic_vm_create_reset(2, NR_IRQS);
	struct vcpu *vcpus = gic.vm->vcpus;
	int intid = 20;

	ASSERT_EQ(timer_attr(&vcpus[0], KVM_HAS_DEVICE_ATTR, ATTR_VIRT, NULL), 0);
	ASSERT_EQ(timer_attr(&vcpus[0], KVM_HAS_DEVICE_ATTR, ATTR_PHYS, NULL), 0);
	ASSERT_EQ(timer_attr(&vcpus[0], KVM_HAS_DEVICE_ATTR, 99, NULL), -ENXIO);
	ASSERT_EQ(timer_attr(&vcpus[0], KVM_GET_DEVICE_ATTR, 99, &intid), -ENXIO);
	ASSERT_EQ(timer_attr(&vcpus[0], KVM_SET_DEVICE_ATTR, 99, &intid), -ENXIO);
	ASSERT_EQ(timer_attr(&vcpus[0], KVM_SET_DEVICE_ATTR, ATTR_VIRT, (void *)8), -EFAULT);
	ASSERT_EQ(timer_attr(&vcpus[0], KVM_GET_DEVICE_ATTR, ATTR_VIRT, (void *)8), -EFAULT);
	ASSERT_EQ(get_intid(&vcpus[0], ATTR_VIRT), DEFAULT_VIRT);
	ASSERT_EQ(get_intid(&vcpus[0], ATTR_PHYS), DEFAULT_PHYS);
	ASSERT_EQ(set_intid(&vcpus[1], ATTR_VIRT, 20), 0);
	ASSERT_EQ(set_intid(&vcpus[0], ATTR_PHYS, 21), 0);
	ASSERT_EQ(get_intid(&vcpus[0], ATTR_VIRT), 20);
	ASSERT_EQ(get_intid(&vcpus[1], ATTR_PHYS), 21);
}

struct number {
	const char *name;
	int intid;
};

static const struct number bad_numbers[] = {
	{ "an SGI", 15 }, { "0", 0 }, { "an SPI", 32 }, { "-1", -1 }, { "a big one", 1 << 30 },
};

TEST_EACH(bad_interrupt_number, struct number, bad_numbers)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	ASSERT_EQ(set_intid(&gic.vm->vcpus[0], ATTR_VIRT, row->intid), -EINVAL);
	ASSERT_EQ(set_intid(&gic.vm->vcpus[0], ATTR_PHYS, row->intid), -EINVAL);
	ASSERT_EQ(get_intid(&gic.vm->vcpus[0], ATTR_VIRT), DEFAULT_VIRT);
	ASSERT_EQ(get_intid(&gic.vm->vcpus[0], ATTR_PHYS), DEFAULT_PHYS);
}

TEST(interrupt_numbers_without_gic)
{
	struct vm *vm = vm_create_guest(1);

	ASSERT_EQ(set_intid(&vm->vcpus[0], ATTR_VIRT, 20), -EINVAL);
	ASSERT_EQ(get_intid(&vm->vcpus[0], ATTR_VIRT), DEFAULT_VIRT);
}

TEST(interrupt_numbers_after_a_run)
{
	struct gic_vm gic = gic_vm_create_reset(2, NR_IRQS);

	vcpu_eval(&gic.vm->vcpus[0], guest_add, 1, 2);
	ASSERT_EQ(set_intid(&gic.vm->vcpus[0], ATTR_VIRT, 20), -EBUSY);
	ASSERT_EQ(set_intid(&gic.vm->vcpus[1], ATTR_PHYS, 20), -EBUSY);
	ASSERT_EQ(get_intid(&gic.vm->vcpus[0], ATTR_VIRT), DEFAULT_VIRT);
}

TEST(one_interrupt_number_for_both)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	ASSERT_EQ(set_intid(vcpu, ATTR_VIRT, 20), 0);
	ASSERT_EQ(set_intid(vcpu, ATTR_PHYS, 20), 0);
	vcpu_call(vcpu, guest_add, 1, 2);
	ASSERT_EQ(vcpu_run(vcpu), -EINVAL);
}

/* Other numbers, exchanged ones, and they are the timers' on every vCPU. */
static const struct {
	int virt, phys;
} numbers[] = { { 20, 21 }, { DEFAULT_PHYS, DEFAULT_VIRT }, { 16, 31 } };

TEST(other_interrupt_numbers)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct gic_vm gic = gic_vm_create_reset(2, NR_IRQS);
		u32 *intid = guest_var(gic.vm, u32, timer_intid);

		ASSERT_EQ(set_intid(&gic.vm->vcpus[0], ATTR_VIRT, numbers[i].virt), 0);
		ASSERT_EQ(set_intid(&gic.vm->vcpus[0], ATTR_PHYS, numbers[i].phys), 0);
		intid[TIMER_VIRT] = numbers[i].virt;
		intid[TIMER_PHYS] = numbers[i].phys;
		for (n = 0; n < 2; n++)
			vcpu_eval(&gic.vm->vcpus[n], timer_both, 0, counter_ticks(1000), 5);
	}
}

/* The line is the timer's: user space cannot pull it, and it is no error to try. */
TEST(line_belongs_to_the_timer)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	gicr_write(vcpu, 0, GICR_SGI + GICD_ISENABLER, BIT(DEFAULT_VIRT) | BIT(DEFAULT_PHYS));
	ppi_line(gic.vm, 0, DEFAULT_VIRT, 1);
	ppi_line(gic.vm, 0, DEFAULT_PHYS, 1);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);
}
