// SPDX-License-Identifier: GPL-2.0
/*
 * Self-hosted debug: the guest's breakpoints, watchpoints and single step.
 *
 * Its debug registers live in memory (MDCR_EL2.TDA traps every access). They
 * reach the CPU only across an entry, and only when the guest has switched
 * debug exceptions on: with TGE set, while the host runs, the same registers
 * would match the kernel at EL2 (DDI 0487, D2.4).
 *
 * The host may use them, too. What it has set up is not looked at before it hits the
 * guest: unless the guest wants them, debug exceptions come to EL2 (MDCR_EL2.TDE). So
 * do the guest's BRK instructions then, which are handed on.
 */
#include <asm/hw_breakpoint.h>

#include "cpu.h"

#define OSLSR_OSLK		BIT_ULL(1)

/* Registers are named by number in the instruction: one case for each. */
#define FOR_16(X)						\
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)			\
	X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#define DEFINE_DEBUG_ACCESS(kind, op2)				\
static u64 read_##kind(int n)					\
{								\
	switch (n) {						\
	FOR_16(READ_CASE_##op2)					\
	}							\
	return 0;						\
}								\
static void write_##kind(int n, u64 val)			\
{								\
	switch (n) {						\
	FOR_16(WRITE_CASE_##op2)				\
	}							\
}

#define READ_CASE_4(n)	case n: return read_sysreg_s(sys_reg(2, 0, 0, n, 4));
#define READ_CASE_5(n)	case n: return read_sysreg_s(sys_reg(2, 0, 0, n, 5));
#define READ_CASE_6(n)	case n: return read_sysreg_s(sys_reg(2, 0, 0, n, 6));
#define READ_CASE_7(n)	case n: return read_sysreg_s(sys_reg(2, 0, 0, n, 7));
#define WRITE_CASE_4(n)	case n: write_sysreg_s(val, sys_reg(2, 0, 0, n, 4)); break;
#define WRITE_CASE_5(n)	case n: write_sysreg_s(val, sys_reg(2, 0, 0, n, 5)); break;
#define WRITE_CASE_6(n)	case n: write_sysreg_s(val, sys_reg(2, 0, 0, n, 6)); break;
#define WRITE_CASE_7(n)	case n: write_sysreg_s(val, sys_reg(2, 0, 0, n, 7)); break;

DEFINE_DEBUG_ACCESS(bvr, 4)
DEFINE_DEBUG_ACCESS(bcr, 5)
DEFINE_DEBUG_ACCESS(wvr, 6)
DEFINE_DEBUG_ACCESS(wcr, 7)

static void save_host(struct avcpu_debug_regs *regs)
{
	int i;

	for (i = 0; i < avcpu_hw.nr_bp; i++) {
		regs->bvr[i] = read_bvr(i);
		regs->bcr[i] = read_bcr(i);
	}
	for (i = 0; i < avcpu_hw.nr_wp; i++) {
		regs->wvr[i] = read_wvr(i);
		regs->wcr[i] = read_wcr(i);
	}
}

static void load_regs(const u64 *bvr, const u64 *bcr, const u64 *wvr,
		      const u64 *wcr)
{
	int i;

	for (i = 0; i < avcpu_hw.nr_bp; i++) {
		write_bvr(i, bvr[i]);
		write_bcr(i, bcr[i]);
	}
	for (i = 0; i < avcpu_hw.nr_wp; i++) {
		write_wvr(i, wvr[i]);
		write_wcr(i, wcr[i]);
	}
}

static void go_live(struct avcpu_vcpu *vcpu, u64 want)
{
	struct avcpu_host_state *host = &vcpu->arch.host;
	const u64 *sys = vcpu->arch.ctxt.sys;

	vcpu->arch.debug_live = true;
	host->mdscr_el1 = read_sysreg(mdscr_el1);
	if (want & AVCPU_MDSCR_MDE) {
		save_host(&host->debug);
		load_regs(&sys[DBGBVR0_EL1], &sys[DBGBCR0_EL1],
			  &sys[DBGWVR0_EL1], &sys[DBGWCR0_EL1]);
	}
	write_sysreg((host->mdscr_el1 & ~AVCPU_MDSCR_EXCEPTIONS) | want, mdscr_el1);
	if (want)
		avcpu_mdcr_route(false);
}

/* The guest has enabled debug exceptions; the OS lock holds them off. */
void avcpu_debug_load_slow(struct avcpu_vcpu *vcpu)
{
	const u64 *sys = vcpu->arch.ctxt.sys;

	if (!(sys[OSLSR_EL1] & OSLSR_OSLK))
		go_live(vcpu, sys[MDSCR_EL1] & AVCPU_MDSCR_EXCEPTIONS);
}

/*
 * A breakpoint, watchpoint or step that the guest has not asked for: the host's own,
 * which are off until the exit.
 */
void avcpu_debug_host_event(struct avcpu_vcpu *vcpu)
{
	if (!vcpu->arch.debug_live)
		go_live(vcpu, 0);
}

void avcpu_debug_put_slow(struct avcpu_vcpu *vcpu)
{
	const struct avcpu_host_state *host = &vcpu->arch.host;
	u64 mdscr;

	vcpu->arch.debug_live = false;
	mdscr = read_sysreg(mdscr_el1);
	if (mdscr & AVCPU_MDSCR_MDE)
		load_regs(host->debug.bvr, host->debug.bcr, host->debug.wvr,
			  host->debug.wcr);
	write_sysreg(host->mdscr_el1, mdscr_el1);
	if (mdscr & AVCPU_MDSCR_EXCEPTIONS)
		avcpu_mdcr_route(true);
}
