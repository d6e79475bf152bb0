// SPDX-License-Identifier: GPL-2.0
/* Exceptions, EL0, single instructions, PSCI. See guest.h. */
#include "guest.h"
#include "smccc.h"

_Static_assert(sizeof(struct cpu) == CPU_SIZE, "start.S knows the size");

/* The frame that start.S makes. */
struct frame {
	u64 x[31];
};

static void unexpected(const struct trap *trap)
{
	const struct report report = {
		.kind = REPORT_EXCEPTION,
		.val = { trap->vector, trap->esr, trap->far, trap->elr, trap->spsr },
	};

	for (;;)
		guest_report(&report);
}

void guest_expect(void)
{
	struct cpu *cpu = this_cpu();

	cpu->trap = (struct trap){ .vector = VECTOR_NONE };
	WRITE_ONCE(cpu->expecting, 1);
}

struct trap guest_expected(void)
{
	struct cpu *cpu = this_cpu();

	WRITE_ONCE(cpu->expecting, 0);
	return cpu->trap;
}

/*
 * Where to go on. The address that an exception returns to is, by class, the
 * instruction itself or the next (DDI 0487 D1.3.1.4); after a failed fetch there
 * is no next instruction, but the link register of the call that went there.
 */
static void resume(const struct frame *frame, const struct trap *trap)
{
	u64 elr = trap->elr, spsr = trap->spsr;

	if ((trap->vector & 0x180) == 0) {
		switch (ESR_EC(trap->esr)) {
		case EC_IABT:
		case EC_PC_ALIGN:
			elr = frame->x[30];
			break;
		case EC_SVC64:
		case EC_STEP:
			break;
		default:
			elr += 4;
		}
	}
	/*
	 * Whatever the exception was about is over: no illegal state and no
	 * step, and asynchronous exceptions stay masked.
	 */
	spsr &= ~(u64)(PSTATE_IL | PSTATE_SS);
	spsr |= PSTATE_DAIF;
	write_sysreg(elr, elr_el1);
	write_sysreg(spsr, spsr_el1);
	isb();
}

static void leave_el0(struct frame *frame, struct cpu *cpu)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		cpu->el0_x[i] = frame->x[i];
	frame->x[0] = cpu->el0_sp;
	write_sysreg((u64)el0_exit, elr_el1);
	write_sysreg(PSTATE_DAIF | PSTATE_EL1H, spsr_el1);
}

/* Takes the interrupts of guests that have set it (irq.c); may be interrupted. */
void (*guest_irq_handler)(u64 vector);

static bool handle_irq(const struct trap *trap)
{
	if (!guest_irq_handler ||
	    (trap->vector != VECTOR_IRQ && trap->vector != VECTOR_FIQ))
		return false;
	guest_irq_handler(trap->vector);
	write_sysreg(trap->elr, elr_el1);
	write_sysreg(trap->spsr, spsr_el1);
	return true;
}

void guest_exception(struct frame *frame, u64 vector)
{
	struct cpu *cpu = this_cpu();
	const struct trap trap = {
		.vector = vector,
		.esr = read_sysreg(esr_el1),
		.far = read_sysreg(far_el1),
		.elr = read_sysreg(elr_el1),
		.spsr = read_sysreg(spsr_el1),
	};

	if (handle_irq(&trap))
		return;
	if (!cpu->expecting)
		unexpected(&trap);
	/* One exception is expected, and a second is a surprise. */
	cpu->expecting = 0;
	cpu->nr_traps++;
	cpu->trap = trap;
	if (vector >= VECTOR_SYNC_EL0)
		leave_el0(frame, cpu);
	else
		resume(frame, &trap);
}

struct trap guest_run_el0(u64 pc, u64 spsr, u64 x[4])
{
	struct cpu *cpu = this_cpu();
	struct trap trap;
	unsigned int i;

	guest_expect();
	call_el0(x, pc - GUEST_RAM_BASE + EL0_WINDOW, spsr, &cpu->el0_sp);
	trap = guest_expected();
	for (i = 0; i < 4; i++)
		x[i] = cpu->el0_x[i];
	return trap;
}

void sync_code(u64 addr, u64 size)
{
	const u64 ctr = read_sysreg(ctr_el0);
	const u64 dline = 4UL << ((ctr >> 16) & 0xf);
	const u64 iline = 4UL << (ctr & 0xf);
	u64 line;

	for (line = addr & -dline; line < addr + size; line += dline)
		asm volatile("dc cvau, %0" :: "r"(line) : "memory");
	asm volatile("dsb ish" ::: "memory");
	for (line = addr & -iline; line < addr + size; line += iline)
		asm volatile("ic ivau, %0" :: "r"(line) : "memory");
	asm volatile("dsb ish; isb" ::: "memory");
}

u64 hvc(u64 fn, u64 a1, u64 a2, u64 a3)
{
	register u64 x0 asm("x0") = fn;
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = a3;

	asm volatile("hvc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) :: "memory");
	return x0;
}

/* secondary_start in start.S reads it. */
struct cpu_start {
	u64 (*fn)(u64 arg);
	u64 cpu;
	u64 arg;
};

u64 guest_cpu_on(unsigned int cpu, u64 mpidr, u64 (*fn)(u64 arg), u64 arg)
{
	static struct cpu_start starts[MAX_GUEST_CPUS];

	starts[cpu] = (struct cpu_start){ fn, cpu, arg };
	dsb();
	return hvc(PSCI_CPU_ON64, mpidr, (u64)secondary_start, (u64)&starts[cpu]);
}

/* The instruction that the host wants to see run; see guest_abi.h. */
struct insn_run insn_run;

#define INSN_RET	0xd65f03c0
#define INSN_SVC_0	0xd4000001

void guest_run_insn(void)
{
	static u32 code[2] __aligned(64);
	struct insn_run *run = &insn_run;

	code[0] = run->insn;
	code[1] = run->el0 ? INSN_SVC_0 : INSN_RET;
	sync_code((u64)code, sizeof(code));
	run->addr = (u64)code;
	if (run->el0) {
		run->addr += EL0_WINDOW - GUEST_RAM_BASE;
		run->trap = guest_run_el0((u64)code, PSTATE_DAIF | PSTATE_EL0T,
					  run->x);
	} else {
		run->trap = GUEST_TRY(call_insn(run->x, (u64)code));
	}
}
