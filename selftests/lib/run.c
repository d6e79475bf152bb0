// SPDX-License-Identifier: GPL-2.0
/* Running guests: KVM_RUN, exits, reports, single instructions. See vm.h. */
#define _GNU_SOURCE

#include "vm.h"

void __vcpu_call(struct vcpu *vcpu, u64 fn, const u64 args[6])
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		vcpu_set(vcpu, CORE_REG_X(i), args[i]);
	vcpu_set(vcpu, CORE_REG_X(6), fn);
	vcpu_set(vcpu, CORE_REG_X(7), vcpu->id);
	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("_start"));
	vcpu_set(vcpu, CORE_REG_PSTATE, PSTATE_DAIF | PSTATE_EL1H);
}

int vcpu_run(struct vcpu *vcpu)
{
	return ioctl(vcpu->fd, KVM_RUN, 0) ? -errno : 0;
}

static int run_through_signals(struct vcpu *vcpu)
{
	int ret;

	do {
		ret = vcpu_run(vcpu);
	} while (ret == -EINTR && !vcpu->run->immediate_exit);
	return ret;
}

bool vcpu_at_report(const struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;

	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
	       run->mmio.phys_addr == REPORT_BASE && run->mmio.len == 8;
}

static struct report read_report(const struct vcpu *vcpu)
{
	u64 addr;

	memcpy(&addr, vcpu->run->mmio.data, sizeof(addr));
	return *(const struct report *)gpa_to_hva(vcpu->vm, addr);
}

/* Fail the test on what the guest reports as its own failure. */
static void check_report(const struct vcpu *vcpu, const struct report *report)
{
	const struct vm *vm = vcpu->vm;

	switch (report->kind) {
	case REPORT_ASSERT:
		test_fail(gpa_to_hva(vm, report->file), report->line,
			  "vCPU %u: %s: 0x%llx against 0x%llx", vcpu->id,
			  (const char *)gpa_to_hva(vm, report->text),
			  (unsigned long long)report->val[0],
			  (unsigned long long)report->val[1]);
	case REPORT_EXCEPTION:
		FAIL("vCPU %u: unexpected exception at vector 0x%llx: ESR 0x%llx FAR 0x%llx ELR 0x%llx SPSR 0x%llx",
		     vcpu->id, (unsigned long long)report->val[0],
		     (unsigned long long)report->val[1],
		     (unsigned long long)report->val[2],
		     (unsigned long long)report->val[3],
		     (unsigned long long)report->val[4]);
	}
}

/* An exit that a test does not expect: say all there is to say. */
static void __noreturn
unexpected_exit(const struct vcpu *vcpu, int ret, const char *wanted)
{
	const struct kvm_run *run = vcpu->run;
	const u64 pc = vcpu_get(vcpu, CORE_REG_PC);

	if (ret)
		FAIL("vCPU %u: KVM_RUN: %s at PC 0x%llx, where %s was due",
		     vcpu->id, strerrorname(-ret), (unsigned long long)pc, wanted);
	if (run->exit_reason == KVM_EXIT_MMIO)
		FAIL("vCPU %u: MMIO %s of %u bytes at 0x%llx, PC 0x%llx, where %s was due",
		     vcpu->id, run->mmio.is_write ? "write" : "read",
		     run->mmio.len, (unsigned long long)run->mmio.phys_addr,
		     (unsigned long long)pc, wanted);
	FAIL("vCPU %u: exit %s at PC 0x%llx, where %s was due", vcpu->id,
	     exit_reason_name(run->exit_reason), (unsigned long long)pc, wanted);
}

void vcpu_run_to(struct vcpu *vcpu, u32 exit_reason)
{
	const int ret = run_through_signals(vcpu);

	if (!ret && vcpu_at_report(vcpu)) {
		const struct report report = read_report(vcpu);

		check_report(vcpu, &report);
	}
	if (ret || vcpu->run->exit_reason != exit_reason)
		unexpected_exit(vcpu, ret, exit_reason_name(exit_reason));
}

void vcpu_run_to_mmio(struct vcpu *vcpu)
{
	vcpu_run_to(vcpu, KVM_EXIT_MMIO);
	if (vcpu_at_report(vcpu))
		unexpected_exit(vcpu, 0, "another MMIO access");
}

enum report_kind vcpu_run_to_report(struct vcpu *vcpu, struct report *report)
{
	const int ret = run_through_signals(vcpu);

	if (ret || !vcpu_at_report(vcpu))
		unexpected_exit(vcpu, ret, "a report");
	*report = read_report(vcpu);
	check_report(vcpu, report);
	return report->kind;
}

struct report vcpu_run_to_sync(struct vcpu *vcpu)
{
	struct report report;

	ASSERT_EQ(vcpu_run_to_report(vcpu, &report), REPORT_SYNC);
	return report;
}

u64 vcpu_check_end(const struct vcpu *vcpu)
{
	struct report report;

	if (!vcpu_at_report(vcpu))
		unexpected_exit(vcpu, 0, "a report");
	report = read_report(vcpu);
	check_report(vcpu, &report);
	ASSERT_EQ(report.kind, REPORT_DONE);
	return report.val[0];
}

u64 vcpu_run_to_end(struct vcpu *vcpu)
{
	const int ret = run_through_signals(vcpu);

	if (ret)
		unexpected_exit(vcpu, ret, "a report");
	return vcpu_check_end(vcpu);
}

void insn_start(struct vcpu *vcpu, const struct insn_run *run)
{
	*guest_var(vcpu->vm, struct insn_run, insn_run) = *run;
	vcpu_call(vcpu, guest_run_insn);
}

void insn_finish(struct vcpu *vcpu, struct insn_run *run)
{
	vcpu_run_to_end(vcpu);
	*run = *guest_var(vcpu->vm, struct insn_run, insn_run);
}

void insn_exec(struct vcpu *vcpu, struct insn_run *run)
{
	insn_start(vcpu, run);
	insn_finish(vcpu, run);
}

const char *exit_reason_name(u32 reason)
{
	static const char *const names[] = {
		[KVM_EXIT_UNKNOWN] = "UNKNOWN",
		[KVM_EXIT_DEBUG] = "DEBUG",
		[KVM_EXIT_MMIO] = "MMIO",
		[KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
		[KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
		[KVM_EXIT_INTR] = "INTR",
		[KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
		[KVM_EXIT_SYSTEM_EVENT] = "SYSTEM_EVENT",
		[KVM_EXIT_ARM_NISV] = "ARM_NISV",
	};
	static char buf[16];

	if (reason < ARRAY_SIZE(names) && names[reason])
		return names[reason];
	snprintf(buf, sizeof(buf), "%u", reason);
	return buf;
}
