// SPDX-License-Identifier: GPL-2.0
/*
 * The host kept whole: what its processes have in the CPU is theirs after a guest
 * has used it for something else, on whatever CPU, and while CPUs come and go.
 */
#define _GNU_SOURCE
#include <asm/hwcap.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "holder.h"
#include "vregs.h"

/* Floating point and SIMD (CVE-2025-22013) */

struct fp_state {
	u64 v[32][2];
	u64 fpcr, fpsr;
};

#define V_CLOBBER(n)	"v" #n,
#define LOAD_V(n)	"ldr q" #n ", [%[in], #16 * " #n "]\n"
#define STORE_V(n)	"str q" #n ", [%[out], #16 * " #n "]\n"

/*
 * KVM_RUN with @in in the FP registers; what is in them afterwards goes to @out.
 * All in one piece, so that the compiler's own use of them is out of the way.
 */
static long run_with_fp(struct vcpu *vcpu, const struct fp_state *in,
			struct fp_state *out)
{
	register long x0 asm("x0") = vcpu->fd;
	register long x1 asm("x1") = KVM_RUN;
	register long x2 asm("x2") = 0;
	register long x8 asm("x8") = __NR_ioctl;
	u64 fpcr = in->fpcr, fpsr = in->fpsr;

	asm volatile(ALL_V(LOAD_V)
		     "msr	fpcr, %[fpcr]\n"
		     "msr	fpsr, %[fpsr]\n"
		     "svc	#0\n"
		     ALL_V(STORE_V)
		     "mrs	%[fpcr], fpcr\n"
		     "mrs	%[fpsr], fpsr\n"
		     "msr	fpcr, xzr\n"
		     : "+r"(x0), [fpcr] "+r"(fpcr), [fpsr] "+r"(fpsr)
		     : "r"(x1), "r"(x2), "r"(x8), [in] "r"(in->v), [out] "r"(out->v)
		     : ALL_V(V_CLOBBER) "memory");
	out->fpcr = fpcr;
	out->fpsr = fpsr;
	return x0;
}

static struct fp_state fp_pattern(u64 seed)
{
	struct fp_state state = { .fpcr = 0x00c00000, .fpsr = 0x0800001b };
	unsigned int i;

	for (i = 0; i < 32; i++) {
		state.v[i][0] = seed * (2 * i + 1);
		state.v[i][1] = ~state.v[i][0];
	}
	return state;
}

TEST(fp_across_run)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const struct fp_state in = fp_pattern(0x123456789abcdef1);
	struct fp_state out;
	unsigned int i;

	/* A guest that overwrites all of them, and exits every round. */
	vcpu_call(vcpu, guest_hold_state, 0x6666777788889999,
		  GUEST_RAM_BASE + 8 * SZ_1M, 1, 1);
	for (i = 0; i < 50; i++) {
		memset(&out, 0, sizeof(out));
		ASSERT_EQ(run_with_fp(vcpu, &in, &out), 0);
		ASSERT(vcpu_at_report(vcpu));
		ASSERT(!memcmp(&in, &out, sizeof(in)));
	}
}

/* ... for a guest that does not use FP at all, too. */
TEST(fp_across_run_without_guest_fp)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const struct fp_state in = fp_pattern(0x123456789abcdef1);
	struct fp_state out;
	unsigned int i;

	vcpu_call(vcpu, guest_count, 20);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(run_with_fp(vcpu, &in, &out), 0);
		ASSERT(!memcmp(&in, &out, sizeof(in)));
	}
}

/* Host code that keeps a pattern in registers without system calls. */
struct keeper {
	volatile bool stop;
	volatile u64 rounds;
	u64 seed;
};

static void *keep_fp(void *arg)
{
	struct keeper *keeper = arg;
	const struct fp_state in = fp_pattern(keeper->seed);
	struct fp_state out;

	pin_to_cpu(0);
	while (!keeper->stop) {
		/* A while of nothing, in which the guest has the CPU by turns. */
		asm volatile(ALL_V(LOAD_V)
			     "mov	x9, #0x40000\n"
			     "1:	subs	x9, x9, #1\n"
			     "b.ne	1b\n"
			     ALL_V(STORE_V)
			     :: [in] "r"(in.v), [out] "r"(out.v)
			     : ALL_V(V_CLOBBER) "x9", "cc", "memory");
		ASSERT(!memcmp(in.v, out.v, sizeof(in.v)));
		keeper->rounds++;
	}
	return NULL;
}

static void beside_a_guest(void *(*fn)(void *arg), struct keeper *keeper)
{
	struct holder holder = holder_create(options.device, 0x7777666655554444);
	pthread_t thread;

	holder.cpu = 0;
	holder.exit_every = 5;
	holder_start(&holder);
	thread = thread_start(fn, keeper);
	holder_wait(&holder, 200);
	while (keeper->rounds < 3)
		sleep_ms(1);
	keeper->stop = true;
	thread_join(thread);
	holder_stop(&holder);
}

TEST(fp_of_another_thread)
{
	struct keeper keeper = { .seed = 0x0f1e2d3c4b5a6979 };

	beside_a_guest(keep_fp, &keeper);
}

/* Scalable vectors: Z and P registers in their full length, and FFR. */
#define SET_Z(n)	"index z" #n ".d, %[seed], #" #n " - 16\n"
#define STORE_Z(n)	"str z" #n ", [%[z], #" #n ", mul vl]\n"

struct sve_state {
	u8 z[32 * 256];
	u8 p[17 * 32];
};

static void keep_sve_once(struct sve_state *state, u64 seed, u64 wait)
{
	asm volatile(".arch_extension sve\n"
		     ALL_V(SET_Z)
		     "ptrue	p0.b\n"
		     "wrffr	p0.b\n"
		     "mov	x9, #5\n"
		     "whilelo	p1.b, xzr, x9\n"
		     "pfalse	p2.b\n"
		     "not	p3.b, p0/z, p1.b\n"
		     "1:	subs	%[wait], %[wait], #1\n"
		     "b.ne	1b\n"
		     ALL_V(STORE_Z)
		     "str	p0, [%[p]]\n"
		     "str	p1, [%[p], #1, mul vl]\n"
		     "str	p2, [%[p], #2, mul vl]\n"
		     "str	p3, [%[p], #3, mul vl]\n"
		     "rdffr	p4.b\n"
		     "str	p4, [%[p], #4, mul vl]\n"
		     : [wait] "+r"(wait)
		     : [seed] "r"(seed), [z] "r"(state->z), [p] "r"(state->p)
		     : ALL_V(V_CLOBBER) "x9", "cc", "memory");
}

static void *keep_sve(void *arg)
{
	struct keeper *keeper = arg;
	struct sve_state *first = calloc(1, sizeof(*first));
	struct sve_state *now = calloc(1, sizeof(*now));

	pin_to_cpu(0);
	keep_sve_once(first, keeper->seed, 1);
	while (!keeper->stop) {
		keep_sve_once(now, keeper->seed, 0x40000);
		ASSERT(!memcmp(first, now, sizeof(*now)));
		keeper->rounds++;
	}
	return NULL;
}

TEST(sve_of_another_thread)
{
	struct keeper keeper = { .seed = 0x0f1e2d3c4b5a6979 };

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		SKIP("the CPU has no SVE");
	beside_a_guest(keep_sve, &keeper);
}

/* The vCPU's own thread uses SVE between its runs; the length stays too. */
TEST(sve_between_runs)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct sve_state *first = calloc(1, sizeof(*first));
	struct sve_state *now = calloc(1, sizeof(*now));
	unsigned int i;

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		SKIP("the CPU has no SVE");
	keep_sve_once(first, 3, 1);
	vcpu_call(vcpu, guest_hold_state, 0x6666777788889999,
		  GUEST_RAM_BASE + 8 * SZ_1M, 1, 1);
	for (i = 0; i < 20; i++) {
		keep_sve_once(now, 3, 1);
		ASSERT(!memcmp(first, now, sizeof(*now)));
		vcpu_run_to_sync(vcpu);
	}
}

/* The guest's FP stays the guest's while its thread uses FP in user space. */
TEST(guest_fp_across_user_space)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const struct fp_state in = fp_pattern(0xdeadbeef);
	struct fp_state out;
	unsigned int i;

	/* The guest looks at its registers itself, and would report. */
	vcpu_call(vcpu, guest_hold_state, 0x6666777788889999,
		  GUEST_RAM_BASE + 8 * SZ_1M, 1, 1);
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(run_with_fp(vcpu, &in, &out), 0);
		if (i % 2)
			sleep_ms(1);
	}
	*guest_var(vm, volatile u64, stop) = 1;
	vcpu_run_to_end(vcpu);
}

/* Registers of a thread */

static u64 read_tpidr2(void)
{
	u64 value;

	asm volatile("mrs %0, s3_3_c13_c0_5" : "=r"(value));
	return value;
}

static void write_tpidr2(u64 value)
{
	asm volatile("msr s3_3_c13_c0_5, %0" :: "r"(value));
}

#ifndef HWCAP2_SME
#define HWCAP2_SME	(1UL << 23)
#endif

TEST(thread_pointers)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const bool sme = getauxval(AT_HWCAP2) & HWCAP2_SME;
	u64 before, after;
	unsigned int i;

	vcpu_call(vcpu, guest_hold_state, 0x6666777788889999,
		  GUEST_RAM_BASE + 8 * SZ_1M, 1, 1);
	if (sme)
		write_tpidr2(0x1234567812345678);
	for (i = 0; i < 20; i++) {
		asm volatile("mrs %0, tpidr_el0" : "=r"(before));
		vcpu_run_to_sync(vcpu);
		asm volatile("mrs %0, tpidr_el0" : "=r"(after));
		ASSERT_EQ(before, after);
		if (sme)
			ASSERT_EQ(read_tpidr2(), 0x1234567812345678);
	}
	if (sme)
		write_tpidr2(0);
}

/* Pointer authentication: the process's keys give the same codes before and after. */
static u64 sign(u64 pointer)
{
	asm volatile(".arch_extension pauth\n"
		     "pacia %0, %1\n" : "+r"(pointer) : "r"(0x5555UL));
	return pointer;
}

static u64 sign_generic(u64 value)
{
	u64 code;

	asm volatile(".arch_extension pauth\n"
		     "pacga %0, %1, %2\n" : "=r"(code) : "r"(value), "r"(0x5555UL));
	return code;
}

TEST(pointer_authentication_keys)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 code, generic;
	unsigned int i;

	if (!(getauxval(AT_HWCAP) & HWCAP_PACA) || !(getauxval(AT_HWCAP) & HWCAP_PACG))
		SKIP("the CPU has no pointer authentication");
	code = sign(0x12345678);
	generic = sign_generic(0x12345678);
	vcpu_call(vcpu, guest_hold_state, 0x6666777788889999,
		  GUEST_RAM_BASE + 8 * SZ_1M, 1, 1);
	for (i = 0; i < 10; i++) {
		vcpu_run_to_sync(vcpu);
		ASSERT_EQ(sign(0x12345678), code);
		ASSERT_EQ(sign_generic(0x12345678), generic);
	}
}

/* A watchpoint of the host, while the guest has watchpoints of its own. */

static volatile u64 watched;

static int watch(u64 addr)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = addr,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	const int fd = syscall(__NR_perf_event_open, &attr, 0, -1, -1, 0);

	if (fd < 0)
		SKIP("no watchpoints through perf: %s", strerror(errno));
	return fd;
}

TEST(hardware_watchpoint)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const int fd = watch((uintptr_t)&watched);
	u64 i, hits;

	vcpu_call(vcpu, guest_hold_state, 0x6666777788889999,
		  GUEST_RAM_BASE + 8 * SZ_1M, 1, 1);
	for (i = 1; i <= 20; i++) {
		watched = i;
		ASSERT_EQ(read(fd, &hits, sizeof(hits)), sizeof(hits));
		ASSERT_EQ(hits, i);
		vcpu_run_to_sync(vcpu);
	}
}

/* ... and one whose address is the guest's, too: it is neither the guest's nor hit. */
INSN_DEFINE(store, "str x1, [x0]");

TEST(hardware_watchpoint_on_an_address_of_the_guests)
{
	const u64 offset = 8 * SZ_1M;
	const int fd = watch(EL0_WINDOW + offset);
	struct vm *vm = vm_create_guest(1);
	u64 hits, i;

	for (i = 1; i <= 5; i++) {
		struct insn_run run = {
			.insn = insn_store, .el0 = true, .x = { EL0_WINDOW + offset, i },
		};

		insn_exec(&vm->vcpus[0], &run);
		ASSERT_EQ(ESR_EC(run.trap.esr), EC_SVC64);
		ASSERT_EQ(*(u64 *)gpa_to_hva(vm, GUEST_RAM_BASE + offset), i);
	}
	ASSERT_EQ(read(fd, &hits, sizeof(hits)), sizeof(hits));
	ASSERT_EQ(hits, 0);
}

/* CPUs */

static void *move_thread_about(void *arg)
{
	struct holder *holder = arg;
	unsigned int i, nr = nr_cpus_online();
	struct report report;

	holder->vcpu = &holder->vm->vcpus[0];
	vcpu_call(holder->vcpu, guest_hold_state, holder->seed,
		  GUEST_RAM_BASE + 8 * SZ_1M, 4, 3);
	for (i = 0; i < 300; i++) {
		pin_to_cpu(i % nr);
		ASSERT_EQ(vcpu_run_to_report(holder->vcpu, &report), REPORT_SYNC);
	}
	return NULL;
}

TEST(vcpu_moves_between_cpus)
{
	struct holder holder = holder_create(options.device, 0x7777666655554444);

	if (nr_cpus_online() < 2)
		SKIP("one CPU only");
	move_thread_about(&holder);
}

static int set_cpu_online(unsigned int cpu, bool online)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -1;
	ret = write(fd, online ? "1" : "0", 1) == 1 ? 0 : -1;
	close(fd);
	return ret;
}

/* A CPU is taken away with a guest on it, and comes back. */
static void hotplug_under_a_guest(int cpu)
{
	struct holder holder = holder_create(options.device, 0x7777666655554444);
	unsigned int i;

	if (access("/sys/devices/system/cpu/cpu1/online", W_OK))
		SKIP("CPU 1 cannot be taken offline");
	holder.cpu = cpu;
	holder.exit_every = 10;
	holder_start(&holder);
	for (i = 0; i < 3; i++) {
		ASSERT_OK(set_cpu_online(1, false));
		holder_wait(&holder, 10);
		ASSERT_OK(set_cpu_online(1, true));
		holder_wait(&holder, 10);
	}
	holder_stop(&holder);
}

TEST_FLAGS(hotplug_of_the_guests_cpu, TEST_SLOW)
{
	hotplug_under_a_guest(1);
}

TEST_FLAGS(hotplug_beside_the_guest, TEST_SLOW)
{
	hotplug_under_a_guest(-1);
}

/* The first guest of a CPU that was away. */
TEST_FLAGS(guest_after_hotplug, TEST_SLOW)
{
	struct vm *vm = vm_create_guest(1);

	if (access("/sys/devices/system/cpu/cpu1/online", W_OK))
		SKIP("CPU 1 cannot be taken offline");
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 1, 2), 3);
	ASSERT_OK(set_cpu_online(1, false));
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 3, 4), 7);
	ASSERT_OK(set_cpu_online(1, true));
	pin_to_cpu(1);
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 5, 6), 11);
}

/* Interrupts are the host's while a guest spins: its timers go off on time. */
TEST(host_timers_under_a_spinning_guest)
{
	struct vm *vm = vm_create_guest(1);
	pthread_t thread;
	unsigned int i;
	u64 start;

	kick_setup();
	pin_to_cpu(0);
	vcpu_call(&vm->vcpus[0], guest_spin);
	thread = vcpu_run_async(&vm->vcpus[0]);
	start = now_ns();
	for (i = 0; i < 20; i++)
		sleep_ms(5);
	ASSERT_LE(now_ns() - start, 10000000000ULL);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
}
