/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's CPU state, and what module/arch/ keeps for a VM and a vCPU. */
#ifndef AVCPU_ARCH_CONTEXT_H
#define AVCPU_ARCH_CONTEXT_H

#include <linux/bitmap.h>
#include <linux/hrtimer.h>
#include <linux/types.h>
#include <asm/fpsimd.h>
#include <asm/ptrace.h>

#include "regs.h"
#include "switch.h"

#define AVCPU_MAX_BPS		16
#define AVCPU_NR_ID_REGS	56	/* op0=3 op1=0 CRn=0 CRm=1..7 op2=0..7 */
#define AVCPU_NR_CCSIDR		14	/* CSSELR_EL1 {Level, InD}: 7 levels, D and I */

enum avcpu_reg {
	AVCPU_REG_INVALID,
#define X(name, ...) name,
	AVCPU_LIVE_REGS(X)
	AVCPU_LIVE_REGS_AA32(X)
	AVCPU_MEMORY_REGS(X)
#undef X
	DBGBVR0_EL1,
	DBGBCR0_EL1 = DBGBVR0_EL1 + AVCPU_MAX_BPS,
	DBGWVR0_EL1 = DBGBCR0_EL1 + AVCPU_MAX_BPS,
	DBGWCR0_EL1 = DBGWVR0_EL1 + AVCPU_MAX_BPS,
	AVCPU_NR_REGS = DBGWCR0_EL1 + AVCPU_MAX_BPS,
};

/**
 * struct avcpu_context - what the assembly moves, and the registers in memory
 * @regs: X0-X30 of the guest, current whenever the guest is not running
 * @sp_el0, @pc, @pstate: likewise
 * @host_sp_el0: the host's `current` while the guest runs
 * @fp: V0-V31, FPSR, FPCR; current unless arch.fp_live
 * @sys: by enum avcpu_reg; live rows are current unless arch.loaded
 */
struct avcpu_context {
	u64 regs[31];
	u64 sp_el0;
	u64 pc;
	u64 pstate;
	u64 host_sp_el0;
	struct user_fpsimd_state fp;
	u64 sys[AVCPU_NR_REGS];
};

/* One generic timer (DDI 0487, D12): which is the index into arch.timer[]. */
enum avcpu_timer_id { AVCPU_TIMER_VIRT, AVCPU_TIMER_PHYS, AVCPU_NR_TIMERS };

/**
 * struct avcpu_timer - a guest timer; CTL and CVAL live in context.sys
 * @hrtimer: fires at the deadline while the vCPU is blocked or, for the
 *	physical timer, whenever it is armed: the hardware's is not used for it
 * @vcpu: whose it is
 * @deadline: that @hrtimer is for, in ticks of the machine's counter
 * @fired: the deadline has passed, and the line was not looked at since
 * @level: line as last told to the vGIC
 */
struct avcpu_timer {
	struct hrtimer hrtimer;
	struct avcpu_vcpu *vcpu;
	u64 deadline;
	bool fired;
	bool level;
};

/**
 * struct avcpu_s2 - a VM's stage-2 tables
 * @pgd: first-level table, 1..16 concatenated (DDI 0487, D8.2.2)
 * @vtcr, @vttbr: register values; VMID is always 0 (Documentation/coexistence.rst)
 */
struct avcpu_s2 {
	u64 *pgd;
	u64 vtcr;
	u64 vttbr;
	u8 start_level;
	u8 pgd_order;
	u8 ipa_bits;
};

/* Pages for stage-2 tables, taken before vm->mmu_lock is. */
#define AVCPU_S2_CACHE_MAX	8
struct avcpu_s2_cache {
	void *page[AVCPU_S2_CACHE_MAX];
	u8 count;
};

/**
 * struct avcpu_vm_arch - arch part of a VM
 * @s2: stage 2, under vm->mmu_lock
 * @id: the guest's ID registers, by sys_reg CRm and op2; under
 *	vm->config_lock until the first run fixes them (vm->ran_once)
 * @psci_version: PSCI_VERSION() of the guest, 0 where the vCPUs use PSCI 0.1
 * @fw_bmap: KVM_REG_ARM_FW_FEAT_BMAP registers, by enum avcpu_fw_bmap
 * @fw_wa: KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1..3
 * @timer_offset: by enum avcpu_timer_id, subtracted from the physical count to
 *	give the guest's; read without a lock, applied at the next load
 * @timer_intid: the PPIs they raise, by enum avcpu_timer_id
 * @timer_offset_fixed: KVM_ARM_SET_COUNTER_OFFSET has set both, for good
 * @vcpu_features: features all vCPUs share, set by the first KVM_ARM_VCPU_INIT
 */
struct avcpu_vm_arch {
	struct avcpu_s2 s2;
	u64 id[AVCPU_NR_ID_REGS];
	u64 ctr;
	u32 psci_version;
	u64 fw_bmap[4];
	u32 fw_wa[3];
	u64 timer_offset[AVCPU_NR_TIMERS];
	u32 timer_intid[AVCPU_NR_TIMERS];
	bool timer_offset_fixed;
	bool features_set;
	unsigned long vcpu_features;
};

/* What the CPU said at the last exit; valid for that exit only (bugs.md 2). */
struct avcpu_exit {
	u64 esr;
	u64 far;
	u64 hpfar;	/* of aborts only; asked for as they leave the guest */
	u64 serror;	/* ESR_EL2 of an SError that came with the exit, or 0 */
	u8 io;		/* of aborts: enum avcpu_io_in_place */
};

/* How the guest left; numbered as the vectors of entry.S do. */
enum avcpu_exit_code {
	AVCPU_EXIT_SYNC = AVCPU_VECTOR_SYNC,
	AVCPU_EXIT_IRQ = AVCPU_VECTOR_IRQ,
	AVCPU_EXIT_SERROR = AVCPU_VECTOR_SERROR,
	AVCPU_EXIT_ILLEGAL = AVCPU_VECTOR_ILLEGAL,	/* ERET was refused */
};

#define AVCPU_NR_FGT	5	/* HFGRTR, HFGWTR, HFGITR, HDFGRTR, HDFGWTR */

/* Breakpoints and watchpoints, value and control (DDI 0487, D2.8, D2.10). */
struct avcpu_debug_regs {
	u64 bvr[AVCPU_MAX_BPS];
	u64 bcr[AVCPU_MAX_BPS];
	u64 wvr[AVCPU_MAX_BPS];
	u64 wcr[AVCPU_MAX_BPS];
};

/**
 * struct avcpu_host_state - the host's registers while a vCPU is loaded
 * @irqs: interrupts that the CPU had taken when the line of the guest's virtual timer
 *	was looked at
 */
struct avcpu_host_state {
	unsigned long irqs;
	u64 tpidr_el0;
	u64 tpidrro_el0;
	u64 mdscr_el1;
	u64 pmuserenr_el0;
	u64 fgt[AVCPU_NR_FGT];
	u64 hcrx_el2;
	u64 icc_sre_el2;
	struct avcpu_debug_regs debug;
	struct user_fpsimd_state fp_scratch;
};

/**
 * struct avcpu_vcpu_arch - arch part of a vCPU
 * @ctxt: the guest's registers
 * @hcr: HCR_EL2 while this guest runs; VSE, VI and VF are its virtual aborts
 *	and interrupts
 * @features: KVM_ARM_VCPU_* of the last KVM_ARM_VCPU_INIT
 * @stamp: that the last put has left in the CPU, 0 if what is there is not current (load.c)
 * @loaded: live registers stand in this CPU (preemption off or notifier set)
 * @fp_live: V registers are the guest's; only ever while IRQs are off
 * @fp_wanted: the guest has touched FP, or will: load it at the next entry
 * @fp_ready: the host's FP state is in memory, since the last load
 * @fp_loads: for how many loads from now on it is taken to
 * @kicks: how many (kick.c) were taken in place in this stay in the guest
 * @debug_live: the guest's breakpoints and watchpoints stand in the CPU
 * @vsesr: VSESR_EL2, the syndrome the virtual SError will have
 * @timer, @timer_irqs: the timers; they raise interrupts of a vGIC
 * @vtimer_quiet: at the last put the virtual timer's interrupt was not active at the
 *	machine's GIC, nor going to be
 * @exit_code, @exit: last exit
 * @host: the host's registers while @loaded
 * @ccsidr: CCSIDR_EL1 by CSSELR_EL1 {Level, InD}
 * @s2_cache: for the next stage-2 fault; the vCPU's thread's
 * @cache_set: user space set CLIDR_EL1 or @ccsidr to what the CPU has not
 */
struct avcpu_vcpu_arch {
	struct avcpu_context ctxt;
	u64 hcr;
	u64 vsesr;
	u64 stamp;
	struct avcpu_s2_cache s2_cache;
	u32 ccsidr[AVCPU_NR_CCSIDR];
	bool cache_set;
	DECLARE_BITMAP(features, 8);
	bool loaded;
	bool fp_live;
	bool fp_wanted;
	bool fp_ready;
	u8 fp_loads;
	u8 kicks;
	bool debug_live;
	enum avcpu_exit_code exit_code;
	struct avcpu_exit exit;
	struct avcpu_host_state host;
	struct avcpu_timer timer[AVCPU_NR_TIMERS];
	bool timer_irqs;
	bool vtimer_quiet;
};

#endif
