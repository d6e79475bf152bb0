/* SPDX-License-Identifier: GPL-2.0 */
/* Inside module/arch/: registers of the current vCPU, traps and their tables. */
#ifndef AVCPU_ARCH_CPU_H
#define AVCPU_ARCH_CPU_H

#include <asm/debug-monitors.h>
#include <asm/ptrace.h>

#include "arch.h"
#include "encodings.h"
#include "syndrome.h"

/*
 * load.c: a guest register by its name, in the CPU while the vCPU is loaded,
 * in memory otherwise. Preemption is off, or the vCPU is not loaded.
 */
u64 avcpu_read_reg(struct avcpu_vcpu *vcpu, enum avcpu_reg reg);
void avcpu_write_reg(struct avcpu_vcpu *vcpu, enum avcpu_reg reg, u64 val);

/*
 * sysreg.c: a trapped MRS, MSR or SYS instruction (ESR_ELx.EC 0x18), and those
 * of AArch32 at EL0 (EC 0x03-0x06, 0x08). The handler has moved PC on, or put
 * an exception into the guest.
 */
enum avcpu_trap {
	AVCPU_TRAP_DONE,	/* emulated; PC is past it */
	AVCPU_TRAP_UNDEF,	/* the guest got its exception */
	AVCPU_TRAP_DEFER,	/* needs IRQs on: call the slow handler */
};

/* IRQs off, the guest's state in the CPU: must not sleep nor take mutexes. */
enum avcpu_trap avcpu_sysreg_trap_in_place(struct avcpu_vcpu *vcpu, u64 esr);
/* IRQs on, preemptible, vCPU loaded. */
enum avcpu_trap avcpu_sysreg_trap(struct avcpu_vcpu *vcpu, u64 esr);
/* sysreg32.c; either way, never defers. Looks at the condition itself. */
enum avcpu_trap avcpu_cp15_trap(struct avcpu_vcpu *vcpu, u64 esr);
/* A trapped AArch32 instruction would have executed (DDI 0487, G1.17.3). */
bool avcpu_trap_cond_valid(const struct avcpu_vcpu *vcpu, u64 esr);

/* sysreg.c: the tables are whole, the CPUs' identity is read; at module init */
int avcpu_sysreg_init(void);

/* sysreg.c, idreg.c: KVM_REG_ARM64_SYSREG, KVM_REG_ARM_DEMUX; -ENOENT unknown */
void avcpu_sysreg_reset(struct avcpu_vcpu *vcpu);
int avcpu_sysreg_get_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
int avcpu_sysreg_set_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
unsigned long avcpu_sysreg_num(struct avcpu_vcpu *vcpu);
int avcpu_sysreg_copy_indices(struct avcpu_vcpu *vcpu, u64 __user **uindices);
/* HCR_EL2.TID2 or .TID4 if the guest's cache registers are not the CPU's, or 0 */
u64 avcpu_sysreg_cache_traps(const struct avcpu_vcpu *vcpu);
void avcpu_idreg_vm_init(struct avcpu_vm *vm);
/* The guest's ID register sys_reg(3, 0, 0, crm, op2), as user space set it. */
u64 avcpu_idreg_get(const struct avcpu_vm *vm, u32 encoding);

/* corereg.c: KVM_REG_ARM_CORE, same contract */
int avcpu_corereg_get_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
int avcpu_corereg_set_user(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
unsigned long avcpu_corereg_num(struct avcpu_vcpu *vcpu);
int avcpu_corereg_copy_indices(struct avcpu_vcpu *vcpu, u64 __user **uindices);

/* timer.c: the guest's timers as registers; see enum avcpu_timer_id */
u64 avcpu_timer_count(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which);
u64 avcpu_timer_read_ctl(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which);
void avcpu_timer_write_ctl(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which, u64 val);
u64 avcpu_timer_read_cval(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which);
void avcpu_timer_write_cval(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which, u64 val);
/* User space sets the guest's count: moves the offset of the whole VM. */
void avcpu_timer_set_count(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which, u64 val);
void avcpu_timer_vm_init(struct avcpu_vm *vm);
void avcpu_timer_load(struct avcpu_vcpu *vcpu, bool stay);
void avcpu_timer_put(struct avcpu_vcpu *vcpu);
void avcpu_timer_enter_slow(struct avcpu_vcpu *vcpu);
void avcpu_timer_look(struct avcpu_vcpu *vcpu);
void avcpu_timer_sync_slow(struct avcpu_vcpu *vcpu);
bool avcpu_timer_pending(struct avcpu_vcpu *vcpu);
void avcpu_timer_vcpu_reset(struct avcpu_vcpu *vcpu);

/* On the way to the guest: has the emulated timer fired? */
static inline void avcpu_timer_enter(struct avcpu_vcpu *vcpu)
{
	if (unlikely(READ_ONCE(vcpu->arch.timer[AVCPU_TIMER_PHYS].fired)))
		avcpu_timer_enter_slow(vcpu);
}

/* The guest has left: tell the vGIC where the timers' lines stand. */
static inline void avcpu_timer_sync(struct avcpu_vcpu *vcpu)
{
	if (vcpu->arch.timer_irqs)
		avcpu_timer_sync_slow(vcpu);
}

/* timer_irq.c */
int avcpu_timer_irq_init(void);
void avcpu_timer_irq_exit(void);
void avcpu_timer_irq_cpu_down(void);
void avcpu_timer_irq_load(bool active, bool known);
u32 avcpu_timer_host_intid(void);
bool avcpu_timer_irq_take(u32 intid);
bool avcpu_timer_fired(struct avcpu_vcpu *vcpu, u32 intid);

/* kick.c */
void avcpu_kick_init(void);
void avcpu_kick_exit(void);
void avcpu_kick_cpu_up(void);
void avcpu_kick_cpu_down(void);
bool avcpu_kick_take(u32 intid);

/* switch.c */
void avcpu_switch_vcpu_load(struct avcpu_vcpu *vcpu);
void avcpu_switch_cpu_down(void);

/* load.c */
int avcpu_load_init(void);
void avcpu_load_exit(void);
void avcpu_load_look(struct avcpu_vcpu *vcpu);
void avcpu_load_cpu_reset(void);
void avcpu_load_cpu_down(void);
void avcpu_mdcr_route(bool to_el2);

/* fp.c */
void avcpu_fp_prepare(struct avcpu_vcpu *vcpu);	/* preemption off, IRQs on */
void avcpu_fp_trapped(struct avcpu_vcpu *vcpu);
void avcpu_fp_vcpu_load(struct avcpu_vcpu *vcpu);

/* gic.c: the GIC's virtual CPU interface, at load and put */
void avcpu_gic_load(struct avcpu_vcpu *vcpu);
void avcpu_gic_put(struct avcpu_vcpu *vcpu);

/* debug.c: at each entry and exit, but only if one side uses debug; IRQs off */
void avcpu_debug_load_slow(struct avcpu_vcpu *vcpu);
void avcpu_debug_put_slow(struct avcpu_vcpu *vcpu);
void avcpu_debug_host_event(struct avcpu_vcpu *vcpu);

static inline void avcpu_debug_load(struct avcpu_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.ctxt.sys[MDSCR_EL1] & AVCPU_MDSCR_EXCEPTIONS))
		avcpu_debug_load_slow(vcpu);
}

static inline void avcpu_debug_put(struct avcpu_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.debug_live))
		avcpu_debug_put_slow(vcpu);
}

/* inject.c */
void avcpu_skip_instr32(struct avcpu_vcpu *vcpu);

/**
 * avcpu_skip_instr() - the trapped instruction was emulated: go past it
 * @vcpu: of the current thread; its last exit was the trap
 *
 * As any completed instruction it ends a branch target's grace (BTYPE) and a single
 * step's (SS) (D2.12, D8).
 */
static inline void avcpu_skip_instr(struct avcpu_vcpu *vcpu)
{
	struct avcpu_context *ctxt = &vcpu->arch.ctxt;

	if (unlikely(ctxt->pstate & PSR_MODE32_BIT)) {
		avcpu_skip_instr32(vcpu);
		return;
	}
	ctxt->pc += 4;
	ctxt->pstate &= ~(PSR_BTYPE_MASK | DBG_SPSR_SS);
}

/* mmio.c: a data abort outside memory; as avcpu_arch_handle_exit() returns */
bool avcpu_mmio_in_place(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa);
int avcpu_mmio_abort(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa);

/* s1walk.c: where in the guest's tables a walk got stuck; 0 to 3 or -ENOENT */
int avcpu_s1_level(struct avcpu_vcpu *vcpu, u64 va, u64 ipa);

/* tlb.c: see Documentation/coexistence.rst on VMID 0 */
void avcpu_tlb_vcpu_load(struct avcpu_vcpu *vcpu);
void avcpu_tlb_flush_ipa(struct avcpu_vm *vm, u64 ipa, u64 size, u8 level);
void avcpu_tlb_flush_fault(struct avcpu_vm *vm, u64 ipa, u64 va, bool block);
void avcpu_tlb_flush_vm(struct avcpu_vm *vm);
void avcpu_tlb_cpu_reset(void);		/* this CPU's notes are void */

/* setway.c: DC CSW & co. and the TVM dance that finds the caches' switching */
void avcpu_set_way(struct avcpu_vcpu *vcpu);
void avcpu_caches_toggled(struct avcpu_vcpu *vcpu, bool was_on);

/*
 * exit.c: serve the exit just taken with IRQs off and the guest's state in the
 * CPU. True: enter again at once. False: the long way, avcpu_arch_handle_exit().
 */
bool avcpu_exit_in_place(struct avcpu_vcpu *vcpu);

/* entry.S */
int __avcpu_enter(struct avcpu_context *ctxt);
u64 __avcpu_take_serror(void);
void __avcpu_fp_save(struct user_fpsimd_state *fp);
void __avcpu_fp_load(const struct user_fpsimd_state *fp);
extern char avcpu_vectors[];

#endif
