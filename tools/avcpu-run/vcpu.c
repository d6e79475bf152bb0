// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs: creation, and the thread that runs one and serves its exits.
 */
#include "vcpu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kvm_compat.h"
#include "machine.h"

#define JOIN_SECONDS	10
#define MPIDR_AFFINITY	0xff00ffffffULL	/* Aff3, Aff2..Aff0: DDI 0487 D19.2.98 */

#define CORE_REG(name)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(name))
#define MPIDR_EL1	ARM64_SYS_REG(3, 0, 0, 0, 5)

int vcpu_get_reg(const struct vcpu *vcpu, u64 id, u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)val };

	return ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg);
}

static int set_reg(const struct vcpu *vcpu, u64 id, u64 val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	return ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg);
}

static int fail_vcpu(const struct vcpu *vcpu, const char *what)
{
	return fail("%s: vCPU %u: %s: %s", vcpu->m->vm.path, vcpu->index, what,
		    strerror(errno));
}

/**
 * vcpu_create() - make a vCPU in its reset state
 * @vcpu: filled in
 * @m: the machine, its VM open
 * @index: 0 for the boot CPU; the others wait for PSCI CPU_ON
 *
 * Return: 0, or -1 with the error reported.
 */
int vcpu_create(struct vcpu *vcpu, struct machine *m, unsigned int index)
{
	struct kvm_vcpu_init init;
	void *run;

	*vcpu = (struct vcpu) { .m = m, .index = index, .fd = -1 };
	vcpu->fd = ioctl(m->vm.fd, KVM_CREATE_VCPU, index);
	if (vcpu->fd < 0)
		return fail_vcpu(vcpu, "KVM_CREATE_VCPU");
	run = mmap(NULL, m->vm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vcpu->fd, 0);
	if (run == MAP_FAILED)
		return fail_vcpu(vcpu, "mmap of the run page");
	vcpu->run = run;

	memset(&init, 0, sizeof(init));
	if (ioctl(m->vm.fd, KVM_ARM_PREFERRED_TARGET, &init) < 0)
		return fail_vcpu(vcpu, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2);
	if (m->opt->el2)
		init.features[0] |= BIT(KVM_ARM_VCPU_HAS_EL2);
	if (index)
		init.features[0] |= BIT(KVM_ARM_VCPU_POWER_OFF);
	if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init) < 0)
		return fail_vcpu(vcpu, "KVM_ARM_VCPU_INIT");
	if (vcpu_get_reg(vcpu, MPIDR_EL1, &vcpu->mpidr) < 0)
		return fail_vcpu(vcpu, "reading MPIDR_EL1");
	vcpu->mpidr &= MPIDR_AFFINITY;
	return 0;
}

/**
 * vcpu_set_entry() - where the boot CPU starts
 * @vcpu: the boot CPU
 * @pc: physical address
 * @x0: its argument, the device tree by the arm64 boot protocol
 *
 * Return: 0, or -1 with the error reported.
 */
int vcpu_set_entry(struct vcpu *vcpu, u64 pc, u64 x0)
{
	if (set_reg(vcpu, CORE_REG(regs.pc), pc) < 0)
		return fail_vcpu(vcpu, "setting PC");
	if (set_reg(vcpu, CORE_REG(regs.regs[0]), x0) < 0)
		return fail_vcpu(vcpu, "setting X0");
	return 0;
}

/*
 * Exits. A handler returns true to go on in the guest.
 */

static bool exit_mmio(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	bus_access(&vcpu->m->bus, run->mmio.phys_addr, run->mmio.data,
		   run->mmio.len, run->mmio.is_write);
	return true;
}

static bool exit_again(struct vcpu *vcpu __unused)
{
	return true;
}

static bool exit_system_event(struct vcpu *vcpu)
{
	struct machine *m = vcpu->m;

	switch (vcpu->run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		machine_stop(m, STATUS_OK);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		if (m->opt->reset_reboots)
			__atomic_store_n(&m->reboot, true, __ATOMIC_RELAXED);
		machine_stop(m, STATUS_RESET);
		break;
	case KVM_SYSTEM_EVENT_CRASH:
		fail("the guest reported a crash");
		machine_crash(m, STATUS_GUEST_PANIC);
		break;
	default:
		fail("vCPU %u: unknown system event %u", vcpu->index,
		     vcpu->run->system_event.type);
		machine_crash(m, STATUS_CRASH);
	}
	return false;
}

/*
 * A load or store whose syndrome does not say what it was: only a decoder of
 * instructions could emulate it. The guest gets the abort that a bus without a
 * device there would give.
 */
static bool exit_nisv(struct vcpu *vcpu)
{
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };

	say("vCPU %u: access to 0x%llx by an instruction that cannot be emulated: external abort",
	    vcpu->index,
	    (unsigned long long)vcpu->run->arm_nisv.fault_ipa);
	if (!ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events))
		return true;
	fail_vcpu(vcpu, "KVM_SET_VCPU_EVENTS");
	machine_crash(vcpu->m, STATUS_CRASH);
	return false;
}

static bool exit_internal_error(struct vcpu *vcpu)
{
	fail("vCPU %u: internal error %u of %s", vcpu->index,
	     vcpu->run->internal.suberror, vcpu->m->vm.path);
	machine_crash(vcpu->m, STATUS_CRASH);
	return false;
}

static bool exit_fail_entry(struct vcpu *vcpu)
{
	fail("vCPU %u: %s could not enter the guest, hardware reason 0x%llx",
	     vcpu->index, vcpu->m->vm.path,
	     (unsigned long long)vcpu->run->fail_entry.hardware_entry_failure_reason);
	machine_crash(vcpu->m, STATUS_CRASH);
	return false;
}

struct exit_row {
	const char *name;
	bool (*handle)(struct vcpu *vcpu);
};

static const struct exit_row exits[VCPU_REASONS] = {
	[KVM_EXIT_UNKNOWN] = { "unknown" },
	[KVM_EXIT_MMIO] = { "mmio", exit_mmio },
	[KVM_EXIT_INTR] = { "intr", exit_again },
	[KVM_EXIT_IRQ_WINDOW_OPEN] = { "irq-window", exit_again },
	[KVM_EXIT_SYSTEM_EVENT] = { "system-event", exit_system_event },
	[KVM_EXIT_ARM_NISV] = { "nisv", exit_nisv },
	[KVM_EXIT_INTERNAL_ERROR] = { "internal-error", exit_internal_error },
	[KVM_EXIT_FAIL_ENTRY] = { "fail-entry", exit_fail_entry },
	[KVM_EXIT_EXCEPTION] = { "exception" },
	[KVM_EXIT_DEBUG] = { "debug" },
	[KVM_EXIT_HYPERCALL] = { "hypercall" },
	[KVM_EXIT_SHUTDOWN] = { "shutdown" },
};

/* The name of an exit reason, NULL if it has none. */
const char *vcpu_exit_name(unsigned int reason)
{
	return reason < VCPU_REASONS ? exits[reason].name : NULL;
}

static bool handle_exit(struct vcpu *vcpu)
{
	unsigned int reason = vcpu->run->exit_reason;

	if (reason < VCPU_REASONS) {
		vcpu->exits[reason]++;
		if (exits[reason].handle)
			return exits[reason].handle(vcpu);
	}
	fail("vCPU %u: exit for reason %u (%s), which nothing here handles",
	     vcpu->index, reason,
	     vcpu_exit_name(reason) ? vcpu_exit_name(reason) : "unnamed");
	machine_crash(vcpu->m, STATUS_CRASH);
	return false;
}

/* KVM_RUN itself failed. */
static bool handle_error(struct vcpu *vcpu)
{
	if (errno != EINTR && errno != EAGAIN) {
		fail_vcpu(vcpu, "KVM_RUN");
		machine_crash(vcpu->m, STATUS_RUN);
		return false;
	}
	vcpu->interrupted++;
	/* Cleared before the requests are looked at: see vcpu_kick(). */
	__atomic_store_n(&vcpu->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&vcpu->report, false, __ATOMIC_SEQ_CST))
		vcpu_dump(vcpu);
	return true;
}

static void *vcpu_main(void *arg)
{
	struct vcpu *vcpu = arg;
	bool go = true;

	while (go && !machine_stopping(vcpu->m)) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0)
			go = handle_error(vcpu);
		else
			go = handle_exit(vcpu);
	}
	return NULL;
}

/**
 * vcpu_start() - start the vCPU's thread
 * @vcpu: the vCPU
 *
 * Return: 0, or -1 with the error reported.
 */
int vcpu_start(struct vcpu *vcpu)
{
	int ret = pthread_create(&vcpu->thread, NULL, vcpu_main, vcpu);

	if (ret)
		return fail("thread of vCPU %u: %s", vcpu->index, strerror(ret));
	vcpu->started = true;
	return 0;
}

/**
 * vcpu_kick() - make a vCPU leave the guest and look at what it is asked
 * @vcpu: the vCPU; what is asked has been written
 *
 * immediate_exit covers the time between the thread's last look and the
 * entry of the guest, the signal the time in the guest.
 */
void vcpu_kick(struct vcpu *vcpu)
{
	if (!vcpu->started)
		return;
	__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(vcpu->thread, VCPU_KICK);
}

/**
 * vcpu_join() - wait for the thread of a vCPU that was told to stop
 * @vcpu: the vCPU
 *
 * Return: 0, or -1 if it is stuck in the kernel (reported).
 */
int vcpu_join(struct vcpu *vcpu)
{
	struct timespec until;
	int ret;

	if (!vcpu->started)
		return 0;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += JOIN_SECONDS;
	ret = pthread_timedjoin_np(vcpu->thread, NULL, &until);
	if (ret)
		return fail("vCPU %u does not leave KVM_RUN within %d s: a fault of %s",
			    vcpu->index, JOIN_SECONDS, vcpu->m->vm.path);
	vcpu->started = false;
	return 0;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, vcpu->m->vm.run_size);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	vcpu->run = NULL;
	vcpu->fd = -1;
}

/*
 * Registers for a human.
 */

struct named_reg {
	const char *name;
	u64 id;
};

static const struct named_reg dump_regs[] = {
	{ "PC", CORE_REG(regs.pc) },
	{ "PSTATE", CORE_REG(regs.pstate) },
	{ "SP_EL0", CORE_REG(regs.sp) },
	{ "SP_EL1", CORE_REG(sp_el1) },
	{ "ELR_EL1", CORE_REG(elr_el1) },
	{ "SPSR_EL1", CORE_REG(spsr[KVM_SPSR_EL1]) },
	{ "ESR_EL1", ARM64_SYS_REG(3, 0, 5, 2, 0) },
	{ "FAR_EL1", ARM64_SYS_REG(3, 0, 6, 0, 0) },
	{ "VBAR_EL1", ARM64_SYS_REG(3, 0, 12, 0, 0) },
	{ "SCTLR_EL1", ARM64_SYS_REG(3, 0, 1, 0, 0) },
	{ "TCR_EL1", ARM64_SYS_REG(3, 0, 2, 0, 2) },
	{ "TTBR0_EL1", ARM64_SYS_REG(3, 0, 2, 0, 0) },
	{ "TTBR1_EL1", ARM64_SYS_REG(3, 0, 2, 0, 1) },
	{ "MPIDR_EL1", MPIDR_EL1 },
};

static size_t dump_one(const struct vcpu *vcpu, char *to, size_t room,
		       const char *name, u64 id, bool newline)
{
	int len;
	u64 val;

	if (vcpu_get_reg(vcpu, id, &val) < 0)
		len = snprintf(to, room, "  %-9s %-16s%s", name, "?",
			       newline ? "\n" : "");
	else
		len = snprintf(to, room, "  %-9s %016llx%s", name,
			       (unsigned long long)val, newline ? "\n" : "");
	return len < 0 ? 0 : (size_t)len;
}

/**
 * vcpu_dump() - print the registers on stderr
 * @vcpu: a vCPU that is not in KVM_RUN, or the caller's own
 */
void vcpu_dump(struct vcpu *vcpu)
{
	const unsigned int columns = 3;
	char text[4096], name[8];
	size_t len = 0;
	unsigned int i;

	/* The longest text is 45 columns of 28 bytes: it fits. */
	for (i = 0; i < ARRAY_SIZE(dump_regs); i++)
		len += dump_one(vcpu, text + len, sizeof(text) - len,
				dump_regs[i].name, dump_regs[i].id,
				i % columns == columns - 1);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "\n");
	for (i = 0; i < 31; i++) {
		u64 id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
			 (KVM_REG_ARM_CORE_REG(regs.regs[0]) + 2 * i);

		snprintf(name, sizeof(name), "X%u", i);
		len += dump_one(vcpu, text + len, sizeof(text) - len, name, id,
				i % columns == columns - 1 || i == 30);
	}
	fprintf(stderr, "vCPU %u:\n%s", vcpu->index, text);
}
