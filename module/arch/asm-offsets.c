// SPDX-License-Identifier: GPL-2.0
/* Offsets for entry.S, generated into asm-offsets.h; never linked. */
#define AVCPU_GENERATING_OFFSETS
#include <linux/kbuild.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "context.h"
#include "switch.h"

int main(void)
{
	OFFSET(CTXT_REGS, avcpu_context, regs);
	OFFSET(CTXT_SP_EL0, avcpu_context, sp_el0);
	OFFSET(CTXT_PC, avcpu_context, pc);
	OFFSET(CTXT_HOST_SP_EL0, avcpu_context, host_sp_el0);
	OFFSET(CTXT_FP, avcpu_context, fp);
	OFFSET(FP_FPSR, user_fpsimd_state, fpsr);
	OFFSET(FP_FPCR, user_fpsimd_state, fpcr);
	OFFSET(BASE_HCR, avcpu_host_base, hcr);
	OFFSET(BASE_VBAR, avcpu_host_base, vbar);
	return 0;
}
