// SPDX-License-Identifier: GPL-2.0
/* Life of the arch parts: of the module on each CPU, of a VM, of a vCPU. */
#include <linux/cpuhotplug.h>
#include <asm/cputype.h>
#include <asm/esr.h>

#include "cpu.h"

static int cpuhp_state;

static int cpu_stops(unsigned int cpu)
{
	avcpu_switch_cpu_down();
	avcpu_load_cpu_down();
	avcpu_gic_cpu_down();
	avcpu_timer_irq_cpu_down();
	avcpu_kick_cpu_down();
	return 0;
}

/* A CPU that comes online starts with an empty TLB. */
static int cpu_starts(unsigned int cpu)
{
	avcpu_tlb_cpu_reset();
	avcpu_load_cpu_reset();
	avcpu_kick_cpu_up();
	return 0;
}

int avcpu_arch_init(void)
{
	int ret = avcpu_sysreg_init();

	if (ret)
		return ret;
	ret = avcpu_load_init();
	if (ret)
		return ret;
	ret = avcpu_timer_irq_init();
	if (ret)
		goto out_load;
	avcpu_gic_init();
	avcpu_kick_init();
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "avcpu:online",
				cpu_starts, cpu_stops);
	if (ret < 0)
		goto out_irqs;
	cpuhp_state = ret;
	return 0;

out_irqs:
	avcpu_kick_exit();
	avcpu_gic_exit();
	avcpu_timer_irq_exit();
out_load:
	avcpu_load_exit();
	return ret;
}

void avcpu_arch_exit(void)
{
	cpuhp_remove_state(cpuhp_state);
	avcpu_kick_exit();
	avcpu_gic_exit();
	avcpu_timer_irq_exit();
	avcpu_load_exit();
}

int avcpu_arch_vm_init(struct avcpu_vm *vm)
{
	avcpu_idreg_vm_init(vm);
	avcpu_timer_vm_init(vm);
	return avcpu_s2_init(vm, vm->ipa_bits);
}

void avcpu_arch_vm_destroy(struct avcpu_vm *vm)
{
	avcpu_s2_destroy(vm);
}

int avcpu_arch_vcpu_create(struct avcpu_vcpu *vcpu)
{
	avcpu_timer_vcpu_init(vcpu);
	return 0;
}

void avcpu_arch_vcpu_destroy(struct avcpu_vcpu *vcpu)
{
	avcpu_timer_vcpu_destroy(vcpu);
	avcpu_s2_cache_free(&vcpu->arch.s2_cache);
}

/* Features of KVM_ARM_VCPU_INIT that exist, and those that we offer. */
#define KNOWN_FEATURES		GENMASK(KVM_ARM_VCPU_PTRAUTH_GENERIC + 1, 0)
#define OFFERED_FEATURES	(BIT(KVM_ARM_VCPU_POWER_OFF) | \
				 BIT(KVM_ARM_VCPU_PSCI_0_2))

static int check_features(const struct kvm_vcpu_init *init)
{
	int i;

	if (init->target != KVM_ARM_TARGET_GENERIC_V8)
		return -EINVAL;
	for (i = 1; i < ARRAY_SIZE(init->features); i++)
		if (init->features[i])
			return -ENOENT;
	if (init->features[0] & ~KNOWN_FEATURES)
		return -ENOENT;
	if (init->features[0] & ~OFFERED_FEATURES)
		return -EINVAL;
	return 0;
}

/* All vCPUs of a VM have the features of the first; vm->config_lock is held. */
static int claim_features(struct avcpu_vm *vm, unsigned long features)
{
	if (vm->arch.features_set)
		return vm->arch.vcpu_features == features ? 0 : -EINVAL;
	vm->arch.vcpu_features = features;
	vm->arch.features_set = true;
	return 0;
}

/*
 * HCR_EL2 for a guest (DDI 0487, D19.2.48): stage 2 on; interrupts and aborts
 * come to EL2; barriers and TLB maintenance reach at least the inner shareable
 * domain, since a vCPU moves between CPUs (BSU, FB); ID registers, ACTLR_EL1,
 * set/way, LORegions and IMPLEMENTATION DEFINED registers trap; SMC, WFI and
 * WFE do; a stage-1 walk of device memory faults (PTW). API, APK and ATA stay
 * clear: pointer authentication and tags are not offered, and trap.
 */
static u64 initial_hcr(void)
{
	u64 hcr = AVCPU_HCR_E2H | AVCPU_HCR_RW | AVCPU_HCR_VM |
		  AVCPU_HCR_AMO | AVCPU_HCR_IMO | AVCPU_HCR_FMO |
		  AVCPU_HCR_BSU_IS | AVCPU_HCR_FB | AVCPU_HCR_PTW |
		  AVCPU_HCR_TID3 | AVCPU_HCR_TACR | AVCPU_HCR_TSW |
		  AVCPU_HCR_TIDCP | AVCPU_HCR_TSC |
		  AVCPU_HCR_TWI | AVCPU_HCR_TWE | AVCPU_HCR_TLOR;

	if (avcpu_hw.fwb)
		hcr |= AVCPU_HCR_FWB;
	if (avcpu_hw.ras)
		hcr |= AVCPU_HCR_TERR;
	if (avcpu_hw.mte)
		hcr |= AVCPU_HCR_TID5;
	return hcr;
}

int avcpu_arch_vcpu_init(struct avcpu_vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	unsigned long features = init->features[0];
	struct avcpu_vm *vm = vcpu->vm;
	int ret = check_features(init);

	if (ret)
		return ret;

	/* Power state is the vCPU's own, all else the VM's. */
	mutex_lock(&vm->config_lock);
	ret = claim_features(vm, features & ~BIT(KVM_ARM_VCPU_POWER_OFF));
	mutex_unlock(&vm->config_lock);
	if (ret)
		return ret;

	vcpu->arch.features[0] = features;
	vcpu->arch.hcr = initial_hcr();
	avcpu_arch_vcpu_reset(vcpu);
	return 0;
}

/* PSTATE after a warm reset into EL1 (D1.6.2): EL1h, all exceptions masked. */
#define RESET_PSTATE	(PSR_MODE_EL1h | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT | \
			 PSR_D_BIT)

void avcpu_arch_vcpu_reset(struct avcpu_vcpu *vcpu)
{
	struct avcpu_context *ctxt = &vcpu->arch.ctxt;
	u64 keep = vcpu->arch.hcr & ~(AVCPU_HCR_TVM | AVCPU_HCR_VSE |
				      AVCPU_HCR_VI | AVCPU_HCR_VF);

	avcpu_load_forget(vcpu);
	memset(ctxt->regs, 0, sizeof(ctxt->regs));
	memset(&ctxt->fp, 0, sizeof(ctxt->fp));
	ctxt->sp_el0 = 0;
	ctxt->pc = 0;
	ctxt->pstate = RESET_PSTATE;
	vcpu->arch.hcr = keep;
	vcpu->arch.vsesr = 0;
	avcpu_vgic_vcpu_reset(vcpu);
	avcpu_sysreg_reset(vcpu);
	avcpu_timer_vcpu_reset(vcpu);
}

u64 avcpu_arch_mpidr(struct avcpu_vcpu *vcpu)
{
	return vcpu->arch.ctxt.sys[MPIDR_EL1];
}

bool avcpu_arch_is_aarch32(struct avcpu_vcpu *vcpu)
{
	return vcpu->arch.ctxt.pstate & PSR_MODE32_BIT;
}

/* The order of bytes of the guest's data accesses at its present EL. */
bool avcpu_arch_is_be(struct avcpu_vcpu *vcpu)
{
	u64 pstate = vcpu->arch.ctxt.pstate;
	u64 sctlr, bit;

	if (pstate & PSR_MODE32_BIT)
		return pstate & PSR_AA32_E_BIT;
	bit = (pstate & PSR_MODE_MASK) == PSR_MODE_EL0t ? SCTLR_EL1_E0E :
							  SCTLR_ELx_EE;
	/* As avcpu_read_reg(), without its way through all registers. */
	preempt_disable();
	sctlr = vcpu->arch.loaded ? read_sysreg_s(SYS_SCTLR_EL12) :
				    vcpu->arch.ctxt.sys[SCTLR_EL1];
	preempt_enable();
	return sctlr & bit;
}

/* PSCI CPU_ON (DEN0022 6.4): caller's byte order, entry point, context id. */
void avcpu_arch_set_entry(struct avcpu_vcpu *vcpu, u64 pc, u64 r0, bool be)
{
	u64 sctlr = avcpu_read_reg(vcpu, SCTLR_EL1);

	vcpu->arch.ctxt.pc = pc;
	vcpu->arch.ctxt.regs[0] = r0;
	if (be)
		avcpu_write_reg(vcpu, SCTLR_EL1, sctlr | SCTLR_ELx_EE);
}

void avcpu_arch_trap_waits(struct avcpu_vcpu *vcpu, bool trap)
{
	u64 hcr = vcpu->arch.hcr & ~(AVCPU_HCR_TWI | AVCPU_HCR_TWE);

	vcpu->arch.hcr = trap ? hcr | AVCPU_HCR_TWI | AVCPU_HCR_TWE : hcr;
}

/* What ends a WFI (D1.7.2), be it masked or not. */
bool avcpu_arch_irq_pending(struct avcpu_vcpu *vcpu)
{
	return vcpu->arch.hcr & AVCPU_HCR_VSE || avcpu_vgic_pending(vcpu) ||
	       avcpu_timer_pending(vcpu);
}

/* KVM_GET_VCPU_EVENTS: the SError that waits, if any; vcpu->mutex is held. */
int avcpu_arch_get_events(struct avcpu_vcpu *vcpu, struct kvm_vcpu_events *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->exception.serror_pending = !!(vcpu->arch.hcr & AVCPU_HCR_VSE);
	ev->exception.serror_has_esr = avcpu_hw.ras;
	if (ev->exception.serror_pending && avcpu_hw.ras)
		ev->exception.serror_esr = vcpu->arch.vsesr;
	return 0;
}

/* KVM_SET_VCPU_EVENTS: fields beyond those of the ABI are checked, not used. */
int avcpu_arch_set_events(struct avcpu_vcpu *vcpu, const struct kvm_vcpu_events *ev)
{
	u64 esr = 0;

	if (memchr_inv(ev->reserved, 0, sizeof(ev->reserved)) ||
	    memchr_inv(ev->exception.pad, 0, sizeof(ev->exception.pad)))
		return -EINVAL;

	if (ev->exception.serror_pending && ev->exception.serror_has_esr) {
		if (!avcpu_hw.ras || ev->exception.serror_esr & ~ESR_ELx_ISS_MASK)
			return -EINVAL;
		esr = ev->exception.serror_esr;
	}
	if (ev->exception.serror_pending)
		avcpu_inject_serror(vcpu, esr);
	if (ev->exception.ext_dabt_pending)
		avcpu_inject_dabt(vcpu, vcpu->arch.exit.far);
	return 0;
}
