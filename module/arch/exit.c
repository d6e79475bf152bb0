// SPDX-License-Identifier: GPL-2.0
/*
 * Why the guest came out, and what is done about it: one row for each exception
 * class of ESR_EL2 (DDI 0487, D17.2.37).
 */
#include <linux/sched.h>
#include <asm/esr.h>

#include "cpu.h"

/**
 * struct exit_row - what answers an exception class
 * @in_place: IRQs off, the guest's state in the CPU; true: enter again. NULL
 *	where the class always takes the long way.
 * @handle: IRQs on; as avcpu_arch_handle_exit() returns
 */
struct exit_row {
	bool (*in_place)(struct avcpu_vcpu *vcpu, u64 esr);
	int (*handle)(struct avcpu_vcpu *vcpu, u64 esr);
};

#define EXIT_RESUME	1
#define EXIT_TO_USER	0

/* The guest may not do this, or we do not offer it. */
static bool undef_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_inject_undef(vcpu);
	return true;
}

static int undef(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_inject_undef(vcpu);
	return EXIT_RESUME;
}

/* WFI, WFE, and their forms with a timeout (D17.2.37, ISS for EC 0x01). */
#define WFX_IS_WFE	BIT(0)

static bool wfx_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	if (!avcpu_trap_cond_valid(vcpu, esr)) {
		avcpu_skip_instr(vcpu);
		return true;
	}
	return false;
}

static int wfx(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_skip_instr(vcpu);
	/* The guest spins on a lock whose holder may want this very CPU. */
	if (esr & WFX_IS_WFE) {
		vcpu->stats.wfe++;
		yield();
	} else {
		avcpu_vcpu_block(vcpu);
	}
	return EXIT_RESUME;
}

static bool fp_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	/* The host's registers can only be saved with IRQs on. */
	avcpu_fp_trapped(vcpu);
	return false;
}

/* Debug exceptions that the guest has not enabled come to EL2: see debug.c. */
static bool host_debug_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_debug_host_event(vcpu);
	return true;
}

/* A breakpoint instruction, which is an exception whether enabled or not (D2.7). */
static bool brk_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_inject_brk(vcpu, esr);
	return true;
}

static int resume(struct avcpu_vcpu *vcpu, u64 esr)
{
	return EXIT_RESUME;
}

static bool hvc_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	return avcpu_smccc_call_in_place(vcpu);
}

static int hvc(struct avcpu_vcpu *vcpu, u64 esr)
{
	return avcpu_smccc_call(vcpu);
}

/*
 * A trapped SMC has not executed: PC is on it, unlike on an HVC (D17.2.37, EC
 * 0x17). It never reaches the machine's firmware. Immediates other than 0 are
 * reserved (DEN0028 2.9): unknown function. A conditional SMC of AArch32 EL0
 * does not exist.
 */
static bool smc_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	u64 pc = vcpu->arch.ctxt.pc;

	avcpu_skip_instr(vcpu);
	if (esr & ESR_ELx_xVC_IMM_MASK) {
		avcpu_set_x(vcpu, 0, ~0ULL);
		return true;
	}
	if (avcpu_smccc_call_in_place(vcpu))
		return true;
	vcpu->arch.ctxt.pc = pc;
	return false;
}

static int smc(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_skip_instr(vcpu);
	return avcpu_smccc_call(vcpu);
}

static bool sysreg_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	return avcpu_sysreg_trap_in_place(vcpu, esr) != AVCPU_TRAP_DEFER;
}

static int sysreg(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_sysreg_trap(vcpu, esr);
	return EXIT_RESUME;
}

static int cp15(struct avcpu_vcpu *vcpu, u64 esr)
{
	avcpu_cp15_trap(vcpu, esr);
	return EXIT_RESUME;
}

/*
 * HPFAR_EL2 holds the IPA of translation and access flag faults, and of any
 * fault in a walk of the guest's tables; for a permission fault on the access
 * itself it is UNKNOWN (D19.2.65), and the guest's own stage 1 is asked.
 */
static bool hpfar_is_valid(u64 esr)
{
	return esr & ESR_ELx_S1PTW || !avcpu_esr_is_permission(esr);
}

/* False: stage 1 has changed under us; run the instruction again. */
static bool translate_far(struct avcpu_vcpu *vcpu, u64 *hpfar)
{
	u64 guest_par = read_sysreg_par();
	u64 par;

	asm volatile("at s1e1r, %0" : : "r"(vcpu->arch.exit.far));
	isb();
	par = read_sysreg_par();
	write_sysreg(guest_par, par_el1);
	if (par & SYS_PAR_EL1_F)
		return false;

	/* PAR_EL1.PA[51:12] to HPFAR_EL2.FIPA[47:4] */
	*hpfar = (par & GENMASK_ULL(51, 12)) >> 8;
	return true;
}

/* The IPA is [51:12] whatever the page size; the rest is the VA's. */
static u64 fault_ipa(const struct avcpu_exit *exit)
{
	return (exit->hpfar & GENMASK_ULL(43, 4)) << 8 | (exit->far & GENMASK_ULL(11, 0));
}

/* While the guest's regime is still in place: what the long way will need. */
static bool abort_in_place(struct avcpu_vcpu *vcpu, u64 esr)
{
	struct avcpu_exit *exit = &vcpu->arch.exit;
	u64 ipa;

	exit->far = read_sysreg(far_el1);
	exit->io = AVCPU_IO_UNKNOWN;
	if (hpfar_is_valid(esr))
		exit->hpfar = read_sysreg_s(AVCPU_SYS_HPFAR_EL2);
	else if (!translate_far(vcpu, &exit->hpfar))
		return true;
	if (ESR_ELx_EC(esr) != ESR_ELx_EC_DABT_LOW || esr & ESR_ELx_S1PTW ||
	    !avcpu_esr_is_translation(esr))
		return false;
	ipa = fault_ipa(exit);
	if (avcpu_io_bus_is_near(vcpu->vm, ipa))
		return avcpu_mmio_in_place(vcpu, esr, ipa);
	exit->io = AVCPU_IO_NOBODY;
	return false;
}

/*
 * An external abort, on the access or on the walk that it wanted. If the guest's
 * tables do not lead there any more, as another vCPU changed them, it is tried again.
 */
static void inject_ext_abort(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa)
{
	u64 far = vcpu->arch.exit.far;
	int level;

	if (esr & ESR_ELx_S1PTW) {
		level = avcpu_s1_level(vcpu, far, ipa);
		if (level >= 0)
			avcpu_inject_walk_abort(vcpu, level);
	} else if (ESR_ELx_EC(esr) == ESR_ELx_EC_IABT_LOW) {
		avcpu_inject_iabt(vcpu, far);
	} else {
		avcpu_inject_dabt(vcpu, far);
	}
}

/* No memory at the address: a device's register, or the guest's mistake. */
static int abort_outside_memory(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa)
{
	/* Nobody can emulate a fetch, nor a walk of the guest's tables. */
	if (ESR_ELx_EC(esr) == ESR_ELx_EC_IABT_LOW || esr & ESR_ELx_S1PTW) {
		inject_ext_abort(vcpu, esr, ipa);
		return EXIT_RESUME;
	}
	/* What is not memory is not cached: maintenance of it is done. */
	if (esr & ESR_ELx_CM && !avcpu_gpa_is_memory(vcpu->vm, ipa)) {
		avcpu_skip_instr(vcpu);
		return EXIT_RESUME;
	}
	return avcpu_mmio_abort(vcpu, esr, ipa);
}

static struct avcpu_fault decode_fault(u64 esr, u64 ipa, u64 far)
{
	bool insn = ESR_ELx_EC(esr) == ESR_ELx_EC_IABT_LOW;
	bool s1ptw = esr & ESR_ELx_S1PTW;

	return (struct avcpu_fault) {
		.ipa = ipa,
		.va = far,
		/*
		 * A fault on a walk is a read, unless it is the hardware's
		 * update of the descriptor, which wants write permission.
		 */
		.write = s1ptw ? avcpu_esr_is_permission(esr) :
				 !insn && esr & ESR_ELx_WNR,
		.exec = insn && !s1ptw,
		.s1ptw = s1ptw,
		.permission = avcpu_esr_is_permission(esr),
		.access_flag = avcpu_esr_is_access_flag(esr),
		.level = esr & ESR_ELx_FSC_LEVEL,
	};
}

static int memory_abort(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa,
			const struct avcpu_memslot *slot, u64 seq)
{
	const struct avcpu_fault fault = decode_fault(esr, ipa, vcpu->arch.exit.far);
	int ret = avcpu_mmu_fault(vcpu, &fault, slot, seq);

	if (ret == AVCPU_FAULT_MMIO)
		return abort_outside_memory(vcpu, esr, ipa);
	return ret < 0 ? ret : EXIT_RESUME;
}

static int guest_abort(struct avcpu_vcpu *vcpu, u64 esr)
{
	const struct avcpu_exit *exit = &vcpu->arch.exit;
	const struct avcpu_memslot *slot;
	u64 ipa, seq;

	/* The machine's memory failed this access: the guest's to handle. */
	if (avcpu_esr_is_external(esr)) {
		avcpu_inject_serror(vcpu, 0);
		return EXIT_RESUME;
	}

	ipa = fault_ipa(exit);
	if (exit->io == AVCPU_IO_LATER)
		return avcpu_mmio_abort(vcpu, esr, ipa);
	if (avcpu_esr_is_size_fault(esr) || ipa >> avcpu_hw.pa_bits) {
		avcpu_inject_size_fault(vcpu);
		return EXIT_RESUME;
	}
	/* Within what ID_AA64MMFR0_EL1.PARange promises, but nothing is there. */
	if (ipa >> vcpu->vm->ipa_bits) {
		inject_ext_abort(vcpu, esr, ipa);
		return EXIT_RESUME;
	}
	if (!avcpu_esr_is_translation(esr) && !avcpu_esr_is_permission(esr) &&
	    !avcpu_esr_is_access_flag(esr))
		return -EFAULT;

	slot = avcpu_mmu_slot(vcpu->vm, ipa, &seq);
	return slot ? memory_abort(vcpu, esr, ipa, slot, seq) :
		      abort_outside_memory(vcpu, esr, ipa);
}

static const struct exit_row undef_row = {
	.in_place = undef_in_place, .handle = undef,
};

static const struct exit_row exit_rows[ESR_ELx_EC_MAX + 1] = {
	[ESR_ELx_EC_WFx]	= { wfx_in_place, wfx },
	[ESR_ELx_EC_CP15_32]	= { NULL, cp15 },
	[ESR_ELx_EC_CP15_64]	= { NULL, cp15 },
	[ESR_ELx_EC_CP14_MR]	= { NULL, cp15 },
	[ESR_ELx_EC_CP14_LS]	= { NULL, cp15 },
	[ESR_ELx_EC_CP10_ID]	= { NULL, cp15 },
	[ESR_ELx_EC_CP14_64]	= { NULL, cp15 },
	[ESR_ELx_EC_FP_ASIMD]	= { fp_in_place, resume },
	[ESR_ELx_EC_HVC32]	= { hvc_in_place, hvc },
	[ESR_ELx_EC_SMC32]	= { smc_in_place, smc },
	[ESR_ELx_EC_HVC64]	= { hvc_in_place, hvc },
	[ESR_ELx_EC_SMC64]	= { smc_in_place, smc },
	[ESR_ELx_EC_SYS64]	= { sysreg_in_place, sysreg },
	[ESR_ELx_EC_IABT_LOW]	= { abort_in_place, guest_abort },
	[ESR_ELx_EC_DABT_LOW]	= { abort_in_place, guest_abort },
	[ESR_ELx_EC_BREAKPT_LOW] = { host_debug_in_place, resume },
	[ESR_ELx_EC_SOFTSTP_LOW] = { host_debug_in_place, resume },
	[ESR_ELx_EC_WATCHPT_LOW] = { host_debug_in_place, resume },
	[ESR_ELx_EC_BKPT32]	= { brk_in_place, resume },
	[ESR_ELx_EC_BRK64]	= { brk_in_place, resume },
	/*
	 * All others are UNDEFINED to the guest: what is not offered (SVE, SME,
	 * pointer authentication, LD64B, TME, nested ERET), and any class that
	 * the architecture may yet define.
	 */
};

static const struct exit_row *row_of(u64 esr)
{
	const struct exit_row *row = &exit_rows[ESR_ELx_EC(esr)];

	return row->handle ? row : &undef_row;
}

/*
 * In one stay in the guest. Which of several pending interrupts of one priority is the
 * first is the GIC's choice (IHI 0069, 4.8), and under a flood of kicks it may always be
 * the next kick: then the host gets its turn here.
 */
#define MAX_KICKS	16

/* An interrupt of the machine that is ours, and of which the host need not know */
static bool irq_in_place(struct avcpu_vcpu *vcpu)
{
	u32 intid = read_sysreg_s(SYS_ICC_HPPIR1_EL1);

	if (avcpu_kick_take(intid))
		return ++vcpu->arch.kicks < MAX_KICKS && !READ_ONCE(vcpu->requests);
	return avcpu_timer_fired(vcpu, intid);
}

bool avcpu_exit_in_place(struct avcpu_vcpu *vcpu)
{
	const struct avcpu_vcpu_arch *arch = &vcpu->arch;
	const struct exit_row *row;

	if (arch->exit_code != AVCPU_EXIT_SYNC)
		return arch->exit_code == AVCPU_EXIT_IRQ && irq_in_place(vcpu);
	vcpu->stats.by_ec[ESR_ELx_EC(arch->exit.esr)]++;
	row = row_of(arch->exit.esr);
	return row->in_place && row->in_place(vcpu, arch->exit.esr);
}

/*
 * The machine reports an SError as the guest ran: the guest's access may have
 * caused it, and the guest gets it. With FEAT_RAS the syndrome may say that
 * nothing is lost: corrected, or the state is still good (D17.2.37, EC 0x2F).
 */
static void guest_serror(struct avcpu_vcpu *vcpu, u64 esr)
{
	bool categorised = avcpu_hw.ras && !(esr & ESR_ELx_ISV) &&
			   (esr & ESR_ELx_FSC) == ESR_ELx_FSC_SERROR;

	if (categorised && ((esr & ESR_ELx_AET) == ESR_ELx_AET_CE ||
			    (esr & ESR_ELx_AET) == ESR_ELx_AET_UEO))
		return;
	avcpu_inject_serror(vcpu, 0);
}

/*
 * The ERET found the guest's PSTATE illegal. User space's values are checked
 * when they are set, so this says that the check and the CPU disagree.
 */
static int illegal_pstate(struct avcpu_vcpu *vcpu)
{
	vcpu->run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	vcpu->run->fail_entry.hardware_entry_failure_reason =
		vcpu->arch.ctxt.pstate;
	vcpu->run->fail_entry.cpu = raw_smp_processor_id();
	return EXIT_TO_USER;
}

/**
 * avcpu_arch_handle_exit() - serve the last exit, IRQs on and preemptible
 * @vcpu: loaded, of the current thread; vm->srcu held
 *
 * Return: > 0 to enter again, 0 to return to user space with
 * run->exit_reason set, or a negative errno for KVM_RUN.
 */
int avcpu_arch_handle_exit(struct avcpu_vcpu *vcpu)
{
	u64 esr = vcpu->arch.exit.esr;

	if (vcpu->arch.exit.serror)
		guest_serror(vcpu, vcpu->arch.exit.serror);

	switch (vcpu->arch.exit_code) {
	case AVCPU_EXIT_SYNC:
		return row_of(esr)->handle(vcpu, esr);
	case AVCPU_EXIT_ILLEGAL:
		return illegal_pstate(vcpu);
	default:
		return EXIT_RESUME;
	}
}
