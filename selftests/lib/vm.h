/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual machines for tests: thin helpers over KVM's ioctls.
 *
 * Every helper that makes something asserts that it could: a test that is about
 * an ioctl's failure calls ioctl() itself. Nothing is torn down by hand, the
 * end of the case's process does that.
 */
#ifndef SELFTESTS_VM_H
#define SELFTESTS_VM_H

#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "guest_abi.h"
#include "harness.h"
#include "kvm_compat.h"

#define MAX_SLOTS	8

struct vm;

struct vcpu {
	int fd;
	unsigned int id;
	struct vm *vm;
	struct kvm_run *run;
};

struct slot {
	u64 gpa;
	u64 size;
	void *hva;
};

struct vm {
	int fd;
	struct slot slots[MAX_SLOTS];
	unsigned int nr_slots;
	struct vcpu vcpus[MAX_GUEST_CPUS];
	unsigned int nr_vcpus;
};

/* The device under test (options.device), opened once a process. */
int device_open(void);
/* KVM_CHECK_EXTENSION on the device. */
int device_cap(unsigned int cap);
/* Skips the test where guest memory is pinned: a kernel without MMU notifiers. */
void need_sync_mmu(void);
/*
 * True if the device under test is the host kernel's own KVM and that kernel is
 * older than @major.@minor. For what KVM promises only since then; avcpu, and a
 * newer KVM, are always held to it.
 */
bool kvm_before(unsigned int major, unsigned int minor);

/* A VM without memory or vCPU; @type as KVM_CREATE_VM has it. */
struct vm *vm_create_type(const char *device, u64 type);
struct vm *vm_create(void);
/*
 * A VM with RAM at GUEST_RAM_BASE, the guest image in it, and @nr_vcpus
 * initialised vCPUs with PSCI; those after the first are powered on too unless
 * VCPU_OFF is among their features.
 */
struct vm *vm_create_guest(unsigned int nr_vcpus);
struct vm *vm_create_guest_on(const char *device, unsigned int nr_vcpus);
void vm_load_guest(struct vm *vm);

/* Anonymous memory at @gpa, in the next free slot; gives its host address. */
void *vm_add_ram(struct vm *vm, u64 gpa, u64 size);
void vm_add_slot(struct vm *vm, u64 gpa, u64 size, void *hva, u32 flags);
int vm_set_slot(struct vm *vm, u32 slot, u64 gpa, u64 size, const void *hva,
		u32 flags);
void *gpa_to_hva(const struct vm *vm, u64 gpa);

/* The address of a function or variable of the guest image. */
u64 guest_symbol(const char *name);
/* A guest variable, as the host sees it. */
#define guest_var(vm, type, name)	((type *)gpa_to_hva(vm, guest_symbol(#name)))

#define VCPU_PSCI	BIT(KVM_ARM_VCPU_PSCI_0_2)
#define VCPU_OFF	BIT(KVM_ARM_VCPU_POWER_OFF)

struct vcpu *vm_add_vcpu(struct vm *vm, unsigned int id);
int vcpu_init(struct vcpu *vcpu, u32 features);
struct vcpu *vm_add_ready_vcpu(struct vm *vm, unsigned int id, u32 features);

/* One register; the raw calls give the ioctl's result, the others assert it. */
int vcpu_get_raw(const struct vcpu *vcpu, u64 id, void *value);
int vcpu_set_raw(const struct vcpu *vcpu, u64 id, const void *value);
u64 vcpu_get(const struct vcpu *vcpu, u64 id);
void vcpu_set(const struct vcpu *vcpu, u64 id, u64 value);

/* All registers that KVM_GET_REG_LIST names, allocated. */
struct kvm_reg_list *vcpu_reg_list(const struct vcpu *vcpu);
bool vcpu_has_reg(const struct vcpu *vcpu, u64 id);

#define CORE_REG(field)		(KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U64 | \
				 KVM_REG_ARM_CORE_REG(field))
#define CORE_REG_X(n)		(CORE_REG(regs.regs[0]) + 2 * (n))
#define CORE_REG_V(n)		(KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U128 | \
				 (KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) + 4 * (n)))
#define CORE_REG_PC		CORE_REG(regs.pc)
#define CORE_REG_PSTATE		CORE_REG(regs.pstate)
#define SYS_REG(op0, op1, crn, crm, op2)	ARM64_SYS_REG(op0, op1, crn, crm, op2)

/*
 * Have the vCPU call a function of the guest image with up to six arguments, in
 * the environment that start.S sets up: MMU on, vectors, a stack.
 */
#define vcpu_call(vcpu, fn, ...)					\
	__vcpu_call(vcpu, guest_symbol(#fn), (const u64[6]){ __VA_ARGS__ })
void __vcpu_call(struct vcpu *vcpu, u64 fn, const u64 args[6]);

/* KVM_RUN once: 0, or -errno. */
int vcpu_run(struct vcpu *vcpu);
/* Run to an exit and assert its reason; signals do not count. */
void vcpu_run_to(struct vcpu *vcpu, u32 exit_reason);
/* Run to an MMIO exit that is not a report, or fail. */
void vcpu_run_to_mmio(struct vcpu *vcpu);
/*
 * Run to the guest's next report, which is copied to @report. A failed guest
 * assertion or an unexpected exception in the guest fails the test.
 */
enum report_kind vcpu_run_to_report(struct vcpu *vcpu, struct report *report);
/* Run to the next REPORT_SYNC; gives its values. */
struct report vcpu_run_to_sync(struct vcpu *vcpu);
/* Run to the end of the function called; gives its result. */
u64 vcpu_run_to_end(struct vcpu *vcpu);
/* Assert that the present exit is the end of the function called; gives its result. */
u64 vcpu_check_end(const struct vcpu *vcpu);
/* vcpu_call() and vcpu_run_to_end() in one. */
#define vcpu_eval(v, fn, ...)						\
	({								\
		struct vcpu *__vcpu = (v);				\
									\
		vcpu_call(__vcpu, fn, ##__VA_ARGS__);			\
		vcpu_run_to_end(__vcpu);				\
	})
/* True if the present exit is a guest's report. */
bool vcpu_at_report(const struct vcpu *vcpu);

/* The name of an exit reason. */
const char *exit_reason_name(u32 reason);

/*
 * Run one instruction in the guest. @run has the instruction and x0-x3 in; after
 * the end of the call it has x0-x3 and the exception out. The vCPU may exit to
 * user space in between: insn_start(), the caller's own vcpu_run() calls, then
 * insn_finish().
 */
void insn_start(struct vcpu *vcpu, const struct insn_run *run);
void insn_finish(struct vcpu *vcpu, struct insn_run *run);
void insn_exec(struct vcpu *vcpu, struct insn_run *run);

/*
 * The encoding of an instruction, given as text, as a constant of the program.
 * At file scope: INSN_DEFINE(name, "text"); its value is then *insn_name.
 */
#define INSN_ARCH	".arch armv8.5-a+sve+memtag+rng\n"
#define INSN_DEFINE(id, text)						\
	asm(".pushsection .rodata.insn, \"a\"\n"			\
	    INSN_ARCH							\
	    ".balign 4\n"						\
	    "insn_" #id ": " text "\n"					\
	    ".popsection\n");						\
	extern const u32 insn_##id

/* Start a thread in the case's process; asserts. */
pthread_t thread_start(void *(*fn)(void *arg), void *arg);
void *thread_join(pthread_t thread);
/* vcpu_run() in a thread of its own, and its result. */
pthread_t vcpu_run_async(struct vcpu *vcpu);
int vcpu_run_wait(pthread_t thread);
/* Bind the calling thread to one CPU. */
void pin_to_cpu(unsigned int cpu);
unsigned int nr_cpus_online(void);
/*
 * Interrupt a thread's system call: SIGUSR1 with a handler that does nothing,
 * which kick_setup() installs.
 */
void kick_setup(void);
void kick_thread(pthread_t thread);
/*
 * Kick a thread until it has ended; gives its result. One kick could be too early,
 * before the thread is in the system call that it is to interrupt.
 */
void *kick_and_join(pthread_t thread);
/* The same for vcpu_run_async(). */
int vcpu_interrupt(pthread_t thread);

u64 now_ns(void);
/* The counter that a guest's virtual one follows, its ticks a second, and in @us. */
u64 counter_now(void);
u64 counter_freq(void);
u64 counter_ticks(u64 us);
void sleep_ms(unsigned int ms);

#endif
