/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Into the guest and out of it. This is all the assembly there is.
 *
 * Under VHE the kernel itself runs at EL2; the names ELR_EL1 and SPSR_EL1 then
 * reach ELR_EL2 and SPSR_EL2 (DDI 0487, D8, "VHE register redirection"), and
 * on a nested host (FEAT_NV2) that spelling costs no trap.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>

#include "asm-offsets.h"
#include "switch.h"

/* On the stack while the guest runs: X19-X30 and X18 of the host, the context. */
#define FRAME_SIZE	112
#define FRAME_X18	96
#define FRAME_CTXT	104

#define ESR_EC_SHIFT	26
#define EC_ILLEGAL	0x0e

	.text

/*
 * int __avcpu_enter(struct avcpu_context *ctxt)
 *
 * IRQs and SErrors masked, HCR_EL2 and VBAR already the guest's. Comes back
 * with an AVCPU_VECTOR_* number when the guest leaves; ctxt is then current.
 */
SYM_FUNC_START(__avcpu_enter)
	stp	x29, x30, [sp, #-FRAME_SIZE]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	x18, x0, [sp, #FRAME_X18]

	/* SP_EL0 is `current` to the kernel: the two trade places. */
	mrs	x1, sp_el0
	ldr	x2, [x0, #CTXT_SP_EL0]
	str	x1, [x0, #CTXT_HOST_SP_EL0]
	msr	sp_el0, x2
	ldp	x1, x2, [x0, #CTXT_PC]
	msr	elr_el1, x1
	msr	spsr_el1, x2

	ldp	x2, x3, [x0, #CTXT_REGS + 16]
	ldp	x4, x5, [x0, #CTXT_REGS + 32]
	ldp	x6, x7, [x0, #CTXT_REGS + 48]
	ldp	x8, x9, [x0, #CTXT_REGS + 64]
	ldp	x10, x11, [x0, #CTXT_REGS + 80]
	ldp	x12, x13, [x0, #CTXT_REGS + 96]
	ldp	x14, x15, [x0, #CTXT_REGS + 112]
	ldp	x16, x17, [x0, #CTXT_REGS + 128]
	ldp	x18, x19, [x0, #CTXT_REGS + 144]
	ldp	x20, x21, [x0, #CTXT_REGS + 160]
	ldp	x22, x23, [x0, #CTXT_REGS + 176]
	ldp	x24, x25, [x0, #CTXT_REGS + 192]
	ldp	x26, x27, [x0, #CTXT_REGS + 208]
	ldp	x28, x29, [x0, #CTXT_REGS + 224]
	ldr	x30, [x0, #CTXT_REGS + 240]
	ldp	x0, x1, [x0, #CTXT_REGS]
	eret
	sb			// no speculation past the ERET
SYM_FUNC_END(__avcpu_enter)

/* Live: all of the guest's but X0 (a vector number); X0, X1 on the stack. */
SYM_CODE_START_LOCAL(guest_exit)
	ldr	x1, [sp, #16 + FRAME_CTXT]
	stp	x2, x3, [x1, #CTXT_REGS + 16]
	stp	x4, x5, [x1, #CTXT_REGS + 32]
	stp	x6, x7, [x1, #CTXT_REGS + 48]
	stp	x8, x9, [x1, #CTXT_REGS + 64]
	stp	x10, x11, [x1, #CTXT_REGS + 80]
	stp	x12, x13, [x1, #CTXT_REGS + 96]
	stp	x14, x15, [x1, #CTXT_REGS + 112]
	stp	x16, x17, [x1, #CTXT_REGS + 128]
	stp	x18, x19, [x1, #CTXT_REGS + 144]
	stp	x20, x21, [x1, #CTXT_REGS + 160]
	stp	x22, x23, [x1, #CTXT_REGS + 176]
	stp	x24, x25, [x1, #CTXT_REGS + 192]
	stp	x26, x27, [x1, #CTXT_REGS + 208]
	stp	x28, x29, [x1, #CTXT_REGS + 224]
	str	x30, [x1, #CTXT_REGS + 240]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x1, #CTXT_REGS]

	/* Live: X0 the number, X1 the context; the rest is saved. */
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [x1, #CTXT_PC]
	mrs	x2, sp_el0
	ldr	x3, [x1, #CTXT_HOST_SP_EL0]
	str	x2, [x1, #CTXT_SP_EL0]
	msr	sp_el0, x3

	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldr	x18, [sp, #FRAME_X18]
	ldp	x29, x30, [sp], #FRAME_SIZE
	ret
SYM_CODE_END(guest_exit)

/*
 * An exception in the module's own code between the two writes of VBAR: a bug
 * of ours, or an SError of the machine. Give the CPU back its HCR_EL2 and its
 * vectors and return: the same exception comes again, and the host's handler
 * sees it with every register as it was. Live: all but X0, X1 on the stack.
 */
SYM_CODE_START_LOCAL(el2_bounce)
	ldr	x0, =avcpu_host_base
	mrs	x1, tpidr_el2		// VHE: the kernel's per-CPU offset
	add	x0, x0, x1
	ldr	x1, [x0, #BASE_VBAR]
	msr	vbar_el1, x1
	ldr	x1, [x0, #BASE_HCR]
	msr	hcr_el2, x1
	ldp	x0, x1, [sp], #16
	eret				// synchronises the context, too
	sb
SYM_CODE_END(el2_bounce)

/*
 * From EL2 itself. An ERET to a PSTATE the CPU finds illegal stays here with
 * PSTATE.IL set and all registers the guest's (DDI 0487, D1.3.4).
 */
SYM_CODE_START_LOCAL(el2_sync)
	mrs	x0, esr_el1
	lsr	x0, x0, #ESR_EC_SHIFT
	cmp	x0, #EC_ILLEGAL
	b.ne	el2_bounce
	mov	x0, #AVCPU_VECTOR_ILLEGAL
	b	guest_exit
SYM_CODE_END(el2_sync)

/*
 * u64 __avcpu_take_serror(void)
 *
 * An SError is pending (ISR_EL1.A) as the guest left: take it here, where it is
 * known to be the guest's, and not later in the host's. HCR_EL2 and VBAR are
 * still the guest's. Returns its ESR_EL2, or 0 if it went away.
 */
SYM_FUNC_START(__avcpu_take_serror)
	mov	x2, #0
	msr	daifclr, #4
serror_window:
	isb
	msr	daifset, #4
serror_window_end:
	mov	x0, x2
	ret
SYM_FUNC_END(__avcpu_take_serror)

/* Live: all; X0, X1 on the stack. In the window, X2 takes the syndrome. */
SYM_CODE_START_LOCAL(el2_serror)
	mrs	x0, elr_el1
	adr	x1, serror_window
	cmp	x0, x1
	b.lo	el2_bounce
	adr	x1, serror_window_end
	cmp	x0, x1
	b.hi	el2_bounce
	mrs	x2, esr_el1
	ldp	x0, x1, [sp], #16
	eret
	sb
SYM_CODE_END(el2_serror)

.macro from_el2, target
	.align	7
	stp	x0, x1, [sp, #-16]!
	b	\target
.endm

.macro from_guest, number
	.align	7
	stp	x0, x1, [sp, #-16]!
	mov	x0, #\number
	b	guest_exit
.endm

/* DDI 0487, D1.3.1, table of vector offsets. */
	.align	11
SYM_CODE_START(avcpu_vectors)
	from_el2	el2_bounce		// EL2t: the kernel never uses it
	from_el2	el2_bounce
	from_el2	el2_bounce
	from_el2	el2_bounce

	from_el2	el2_sync		// EL2h
	from_el2	el2_bounce
	from_el2	el2_bounce
	from_el2	el2_serror

	from_guest	AVCPU_VECTOR_SYNC	// the guest, AArch64
	from_guest	AVCPU_VECTOR_IRQ
	from_guest	AVCPU_VECTOR_IRQ
	from_guest	AVCPU_VECTOR_SERROR

	from_guest	AVCPU_VECTOR_SYNC	// the guest's EL0, AArch32
	from_guest	AVCPU_VECTOR_IRQ
	from_guest	AVCPU_VECTOR_IRQ
	from_guest	AVCPU_VECTOR_SERROR
SYM_CODE_END(avcpu_vectors)

.macro fp_regs, insn
	\insn	q0, q1, [x0, #0]
	\insn	q2, q3, [x0, #32]
	\insn	q4, q5, [x0, #64]
	\insn	q6, q7, [x0, #96]
	\insn	q8, q9, [x0, #128]
	\insn	q10, q11, [x0, #160]
	\insn	q12, q13, [x0, #192]
	\insn	q14, q15, [x0, #224]
	\insn	q16, q17, [x0, #256]
	\insn	q18, q19, [x0, #288]
	\insn	q20, q21, [x0, #320]
	\insn	q22, q23, [x0, #352]
	\insn	q24, q25, [x0, #384]
	\insn	q26, q27, [x0, #416]
	\insn	q28, q29, [x0, #448]
	\insn	q30, q31, [x0, #480]
.endm

/* void __avcpu_fp_save(struct user_fpsimd_state *fp); FP not trapped */
SYM_FUNC_START(__avcpu_fp_save)
	fp_regs	stp
	mrs	x1, fpsr
	str	w1, [x0, #FP_FPSR]
	mrs	x1, fpcr
	str	w1, [x0, #FP_FPCR]
	ret
SYM_FUNC_END(__avcpu_fp_save)

/* void __avcpu_fp_load(const struct user_fpsimd_state *fp); FP not trapped */
SYM_FUNC_START(__avcpu_fp_load)
	fp_regs	ldp
	ldr	w1, [x0, #FP_FPSR]
	msr	fpsr, x1
	ldr	w1, [x0, #FP_FPCR]
	msr	fpcr, x1
	ret
SYM_FUNC_END(__avcpu_fp_load)
	.ltorg
