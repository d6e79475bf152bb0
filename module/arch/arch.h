/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What generic code asks of the CPU: the whole surface of module/arch/.
 * Everything here takes and gives numbers that mean the same to KVM's ABI.
 */
#ifndef AVCPU_ARCH_H
#define AVCPU_ARCH_H

#include "../avcpu.h"

/* hw.c: may this kernel on this CPU be a host? Prints why not; -ENODEV. */
int avcpu_hw_init(void);
void avcpu_hw_exit(void);

/**
 * struct avcpu_hw - facts on the host's CPUs that hold on every one of them
 */
struct avcpu_hw {
	u8 pa_bits;		/* PARange, capped at 48 */
	bool fwb;		/* FEAT_S2FWB: stage 2 forces write-back */
	bool dic, idc;		/* CTR_EL0: no I / D cache maintenance to PoU */
	bool ras;		/* FEAT_RAS: ESB, VSESR_EL2, VDISR_EL2 */
	bool pan;
	bool xnx;		/* FEAT_XNX */
	bool hafdbs;
	bool tlbirange;		/* FEAT_TLBIRANGE */
	bool aa32_el0;		/* AArch32 at EL0 */
	bool aa32_el1;
	bool evt;
	bool fgt;		/* FEAT_FGT */
	bool hcx;		/* FEAT_HCX */
	bool ecv;
	bool sve, sme, mte, pauth, amu, pmu, spe, trbe, trf;
	bool sre_enable_rw;	/* ICC_SRE_EL2.Enable is a bit, not always 1 */
	bool cptr_traps;	/* an outer hypervisor emulates CPTR_EL2, by traps */
	bool vgic_v3;		/* GIC CPU interface by system registers */
	u8 nr_lr;		/* list registers, ICH_VTR_EL2.ListRegs + 1 */
	u8 nr_bp, nr_wp;	/* breakpoints, watchpoints */
	u32 maint_irq, vtimer_irq;	/* Linux interrupts, 0: not found */
	u32 cntfrq;		/* Hz */
};

extern struct avcpu_hw avcpu_hw;

/* init.c: per-CPU set-up, hotplug, suspend */
int avcpu_arch_init(void);
void avcpu_arch_exit(void);

/* VM and vCPU lifetime */
int avcpu_arch_vm_init(struct avcpu_vm *vm);
void avcpu_arch_vm_destroy(struct avcpu_vm *vm);
int avcpu_arch_vcpu_create(struct avcpu_vcpu *vcpu);
void avcpu_arch_vcpu_destroy(struct avcpu_vcpu *vcpu);
/* KVM_ARM_VCPU_INIT: vcpu->mutex held; -EINVAL for features we lack. */
int avcpu_arch_vcpu_init(struct avcpu_vcpu *vcpu, const struct kvm_vcpu_init *init);
/* Registers to their reset values (DDI 0487, D1.6); vcpu->mutex held. */
void avcpu_arch_vcpu_reset(struct avcpu_vcpu *vcpu);

/* load.c */
void avcpu_arch_vcpu_load(struct avcpu_vcpu *vcpu, int cpu); /* preempt. off */
void avcpu_arch_vcpu_put(struct avcpu_vcpu *vcpu);
/* Its registers may be written to in memory: the next load takes all from there. */
void avcpu_load_forget(struct avcpu_vcpu *vcpu);
/* switch.c */
void avcpu_arch_prepare_enter(struct avcpu_vcpu *vcpu);	/* preemption off, IRQs on */
void avcpu_arch_enter(struct avcpu_vcpu *vcpu);		/* IRQs off */

/* kick.c: take a CPU out of the guest; false: rescheduling interrupts must do it */
bool avcpu_arch_kick(int cpu);

/* exit.c: >0 re-enter, 0 to user space with run->exit_reason, <0 errno */
int avcpu_arch_handle_exit(struct avcpu_vcpu *vcpu);
/* mmio.c: user space has answered the MMIO exit: finish the instruction. */
void avcpu_arch_complete_mmio(struct avcpu_vcpu *vcpu);

/* one_reg.c: KVM_GET/SET_ONE_REG, KVM_GET_REG_LIST; vcpu->mutex held */
int avcpu_arch_get_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
int avcpu_arch_set_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
unsigned long avcpu_arch_num_regs(struct avcpu_vcpu *vcpu);
int avcpu_arch_copy_reg_indices(struct avcpu_vcpu *vcpu, u64 __user *uindices);
/* idreg.c: a vCPU is about to run: ID registers are final; vm->config_lock held */
void avcpu_idreg_fix(struct avcpu_vm *vm);
/*
 * KVM_ARM_GET_REG_WRITABLE_MASKS, feature id range: bits that user space may
 * change, AVCPU_ID_RANGE_SIZE words by KVM_ARM_FEATURE_ID_RANGE_IDX.
 */
#define AVCPU_ID_RANGE_SIZE	(3 * 8 * 8)
int avcpu_idreg_writable_masks(u64 __user *masks);
int avcpu_arch_get_events(struct avcpu_vcpu *vcpu, struct kvm_vcpu_events *ev);
int avcpu_arch_set_events(struct avcpu_vcpu *vcpu, const struct kvm_vcpu_events *ev);

/* Accessors for PSCI, SMCCC and MMIO; the vCPU is the current thread's. */
static inline u64 avcpu_get_x(struct avcpu_vcpu *vcpu, u8 n)
{
	return n == 31 ? 0 : vcpu->arch.ctxt.regs[n];
}

static inline void avcpu_set_x(struct avcpu_vcpu *vcpu, u8 n, u64 val)
{
	if (n != 31)
		vcpu->arch.ctxt.regs[n] = val;
}

u64 avcpu_arch_mpidr(struct avcpu_vcpu *vcpu);
bool avcpu_arch_is_be(struct avcpu_vcpu *vcpu);
/* Do WFI and WFE of the guest, from the next entry on, take it out? */
void avcpu_arch_trap_waits(struct avcpu_vcpu *vcpu, bool trap);
bool avcpu_arch_is_aarch32(struct avcpu_vcpu *vcpu);
void avcpu_arch_set_entry(struct avcpu_vcpu *vcpu, u64 pc, u64 r0, bool be);
bool avcpu_arch_irq_pending(struct avcpu_vcpu *vcpu);	/* something wakes WFI */

/* inject.c: exceptions to the guest's EL1; the vCPU is the current thread's */
void avcpu_inject_undef(struct avcpu_vcpu *vcpu);
void avcpu_inject_brk(struct avcpu_vcpu *vcpu, u64 esr);
void avcpu_inject_dabt(struct avcpu_vcpu *vcpu, u64 far);
void avcpu_inject_iabt(struct avcpu_vcpu *vcpu, u64 far);
void avcpu_inject_walk_abort(struct avcpu_vcpu *vcpu, unsigned int level);
void avcpu_inject_size_fault(struct avcpu_vcpu *vcpu);
void avcpu_inject_serror(struct avcpu_vcpu *vcpu, u64 esr);

/* stage2*.c: vm->mmu_lock held unless said otherwise; ipa and size in bytes */
enum avcpu_s2_prot {
	AVCPU_S2_R	= BIT(0),
	AVCPU_S2_W	= BIT(1),
	AVCPU_S2_X	= BIT(2),
	AVCPU_S2_DEVICE	= BIT(3),
	AVCPU_S2_HOST_W	= BIT(4),	/* AVCPU_S2_W may be granted later */
};

/* How much of a large range to do at once before others may have the lock. */
#define AVCPU_S2_CHUNK		((u64)PMD_SIZE * (PAGE_SHIFT == 12 ? 64 : 4))

/* Tables are taken before the lock: fill may sleep; -ENOMEM or 0. */
int avcpu_s2_cache_fill(struct avcpu_s2_cache *cache);
void avcpu_s2_cache_free(struct avcpu_s2_cache *cache);
int avcpu_s2_init(struct avcpu_vm *vm, u32 ipa_bits);		/* no lock */
void avcpu_s2_destroy(struct avcpu_vm *vm);			/* no lock */
int avcpu_s2_map(struct avcpu_vm *vm, u64 ipa, u64 size, phys_addr_t pa,
		 unsigned int prot, struct avcpu_s2_cache *cache);
/* The largest size, up to @max, that one entry of stage 2 can map. */
u64 avcpu_s2_block_size(struct avcpu_vm *vm, u64 max);			/* no lock */
u64 avcpu_s2_hole(struct avcpu_vm *vm, u64 ipa);
u64 avcpu_s2_grant(struct avcpu_vm *vm, u64 ipa, unsigned int prot,
		   bool page_only, phys_addr_t *pa);
void avcpu_s2_unmap(struct avcpu_vm *vm, u64 ipa, u64 size);
bool avcpu_s2_wrprotect(struct avcpu_vm *vm, u64 ipa, u64 size);
void avcpu_s2_flush_tlb(struct avcpu_vm *vm, u64 ipa, u64 size);	/* no lock */
/* After a permission fault was mended: this CPU's TLB; no lock. */
void avcpu_s2_flush_fault(struct avcpu_vm *vm, u64 ipa, u64 va, u64 size);
bool avcpu_s2_age(struct avcpu_vm *vm, u64 ipa, u64 size, bool clear);
/* Clean all memory of the guest to PoC: SRCU held, no lock, may sleep. */
void avcpu_s2_flush_cache(struct avcpu_vm *vm);

/* Cache upkeep of a page about to be given to the guest; no lock needed. */
void avcpu_s2_clean_page(phys_addr_t pa, u64 size);	/* D to PoC */
void avcpu_s2_inval_icache(phys_addr_t pa, u64 size);
void avcpu_s2_inval_icache_all(void);

/* timer_attr.c: KVM_ARM_VCPU_TIMER_CTRL; self is the vCPU, its mutex is held */
int avcpu_timer_has_attr(void *self, const struct kvm_device_attr *attr);
int avcpu_timer_get_attr(void *self, const struct kvm_device_attr *attr);
int avcpu_timer_set_attr(void *self, const struct kvm_device_attr *attr);

/* timer.c */
int avcpu_timer_first_run(struct avcpu_vcpu *vcpu);
void avcpu_timer_set_offset(struct avcpu_vm *vm, u64 offset);	/* no vCPU in an ioctl */
void avcpu_timer_vcpu_init(struct avcpu_vcpu *vcpu);
void avcpu_timer_vcpu_destroy(struct avcpu_vcpu *vcpu);
void avcpu_timer_block(struct avcpu_vcpu *vcpu);	/* before the thread sleeps */
void avcpu_timer_unblock(struct avcpu_vcpu *vcpu);

#endif
