// SPDX-License-Identifier: GPL-2.0
/* Several vCPUs at once: in the guest, and in the ioctls. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "smccc.h"
#include "sysregs.h"

/* Guests of several CPUs */

struct cpus {
	const char *name;
	unsigned int nr;
};

static const struct cpus cpus[] = {
	{ "1 vCPU", 1 }, { "2 vCPUs", 2 }, { "4 vCPUs", 4 }, { "8 vCPUs", 8 },
};

TEST_EACH(atomics, struct cpus, cpus)
{
	const u64 n = 2000;
	struct vm *vm = vm_create_guest(row->nr);
	pthread_t threads[MAX_GUEST_CPUS];
	unsigned int i;

	for (i = 0; i < row->nr; i++) {
		vcpu_call(&vm->vcpus[i], guest_count_together, n);
		threads[i] = vcpu_run_async(&vm->vcpus[i]);
	}
	for (i = 0; i < row->nr; i++) {
		ASSERT_EQ(vcpu_run_wait(threads[i]), 0);
		vcpu_check_end(&vm->vcpus[i]);
	}
	ASSERT_EQ(*guest_var(vm, u64, shared_counter), 2 * n * row->nr);
	ASSERT_EQ(*guest_var(vm, u64, locked_counter), n * row->nr);
}

TEST(ping_pong)
{
	struct vm *vm = vm_create_guest(2);
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		vcpu_call(&vm->vcpus[i], guest_ping_pong, i, 500);
		threads[i] = vcpu_run_async(&vm->vcpus[i]);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(vcpu_run_wait(threads[i]), 0);
		vcpu_check_end(&vm->vcpus[i]);
	}
}

/* CPU_ON, CPU_OFF and AFFINITY_INFO of all CPUs, round after round. */
TEST_EACH(start_others, struct cpus, cpus)
{
	const u64 times = 5;
	struct vm *vm = vm_create_guest(1);
	pthread_t threads[MAX_GUEST_CPUS];
	unsigned int i;

	kick_setup();
	for (i = 1; i < row->nr; i++) {
		vm_add_ready_vcpu(vm, i, VCPU_PSCI | VCPU_OFF);
		threads[i] = vcpu_run_async(&vm->vcpus[i]);
	}
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_start_others, row->nr, times),
		  times * (row->nr - 1));
	for (i = 1; i < row->nr; i++)
		ASSERT_EQ(vcpu_interrupt(threads[i]), -EINTR);
}

/* Two callers, one target. */
TEST(cpu_on_race)
{
	const u64 n = 50;
	struct vm *vm = vm_create_guest(2);
	struct vcpu *target = vm_add_ready_vcpu(vm, 2, VCPU_PSCI | VCPU_OFF);
	pthread_t threads[3];
	unsigned int i;

	kick_setup();
	threads[2] = vcpu_run_async(target);
	for (i = 0; i < 2; i++) {
		vcpu_call(&vm->vcpus[i], guest_race, 2, n);
		threads[i] = vcpu_run_async(&vm->vcpus[i]);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(vcpu_run_wait(threads[i]), 0);
		vcpu_check_end(&vm->vcpus[i]);
	}
	/* At least one success a round; two if the target was off again in time. */
	ASSERT_GE(guest_var(vm, u64, race)[2], n);
	ASSERT_EQ(vcpu_interrupt(threads[2]), -EINTR);
}

/* ... and user space at the target's registers meanwhile. */
static void *read_registers(void *arg)
{
	struct vcpu *vcpu = arg;
	const u64 entry = guest_symbol("guest_race_target");
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		struct kvm_mp_state state;
		const u64 pc = vcpu_get(vcpu, CORE_REG_PC);

		ASSERT(pc == 0 || pc == entry);
		ASSERT_OK(ioctl(vcpu->fd, KVM_GET_MP_STATE, &state));
	}
	return NULL;
}

TEST(cpu_on_against_register_reads)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *target = vm_add_ready_vcpu(vm, 1, VCPU_PSCI | VCPU_OFF);
	const u64 entry = guest_symbol("guest_race_target");
	pthread_t thread;

	thread = thread_start(read_registers, target);
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], hvc, PSCI_CPU_ON64, 1, entry, 0),
		  PSCI_SUCCESS);
	thread_join(thread);
	ASSERT_EQ(vcpu_get(target, CORE_REG_X(0)), 0);
}

/* Kicks */

struct runner {
	struct vcpu *vcpu;
	pthread_t thread;
	u64 interrupted;
	bool stop;
};

static void *run_until_stopped(void *arg)
{
	struct runner *runner = arg;

	while (!READ_ONCE(runner->stop)) {
		ASSERT_EQ(vcpu_run(runner->vcpu), -EINTR);
		WRITE_ONCE(runner->interrupted, runner->interrupted + 1);
	}
	return NULL;
}

/* A signal at any moment takes a vCPU out of the guest, or keeps it from entering. */
TEST(kicks_in_a_loop)
{
	struct vm *vm = vm_create_guest(4);
	struct runner runners[4] = { 0 };
	unsigned int i, kick;

	kick_setup();
	for (i = 0; i < 4; i++) {
		runners[i].vcpu = &vm->vcpus[i];
		vcpu_call(runners[i].vcpu, guest_spin);
		runners[i].thread = thread_start(run_until_stopped, &runners[i]);
	}
	for (kick = 0; kick < 200; kick++)
		kick_thread(runners[kick % 4].thread);
	/* A thread that had not begun to run the guest has felt none of them. */
	for (i = 0; i < 4; i++)
		while (!READ_ONCE(runners[i].interrupted))
			kick_thread(runners[i].thread);
	for (i = 0; i < 4; i++)
		WRITE_ONCE(runners[i].stop, true);
	for (i = 0; i < 4; i++) {
		kick_and_join(runners[i].thread);
		ASSERT_NE(runners[i].interrupted, 0);
	}
}

/* immediate_exit set by a signal handler: the way without a race (KVM's API, 5). */
static struct vcpu *handler_vcpu;

static void set_immediate_exit(int sig)
{
	(void)sig;
	handler_vcpu->run->immediate_exit = 1;
}

TEST(kicks_by_immediate_exit)
{
	const struct sigaction action = { .sa_handler = set_immediate_exit };
	struct vm *vm = vm_create_guest(1);
	unsigned int i;

	handler_vcpu = &vm->vcpus[0];
	ASSERT_OK(sigaction(SIGALRM, &action, NULL));
	vcpu_call(handler_vcpu, guest_spin);
	for (i = 0; i < 20; i++) {
		const struct itimerval soon = { .it_value.tv_usec = 100 + 97 * i };

		handler_vcpu->run->immediate_exit = 0;
		ASSERT_OK(setitimer(ITIMER_REAL, &soon, NULL));
		ASSERT_EQ(vcpu_run(handler_vcpu), -EINTR);
	}
}

/* Stopped, a vCPU's registers are of one moment. */
TEST(registers_of_a_paused_vcpu)
{
	const u64 begin = guest_symbol("guest_spin_registers");
	const u64 end = guest_symbol("guest_spin_registers_end");
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	u64 last = 0;
	unsigned int i;

	kick_setup();
	vcpu_set(vcpu, CORE_REG_PC, begin);
	for (i = 0; i < 20; i++) {
		pthread_t thread = vcpu_run_async(vcpu);
		u64 x[3], pc;

		sleep_ms(2);
		ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
		pc = vcpu_get(vcpu, CORE_REG_PC);
		x[0] = vcpu_get(vcpu, CORE_REG_X(0));
		x[1] = vcpu_get(vcpu, CORE_REG_X(1));
		x[2] = vcpu_get(vcpu, CORE_REG_X(2));
		ASSERT(pc >= begin && pc < end);
		ASSERT_GE(x[0], last);
		/* "add x0", "mov x1, x0", "mov x2, x0": by the PC they are equal or not. */
		ASSERT_EQ(x[1], pc == begin + 8 ? x[0] - 1 : x[0]);
		ASSERT(x[2] == x[1] || x[2] == x[1] - 1);
		last = x[0];
	}
}

/* ... and can be changed: the guest goes on with what was set. */
TEST(registers_changed_in_a_paused_vcpu)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	pthread_t thread;

	kick_setup();
	vcpu_set(vcpu, CORE_REG_PC, guest_symbol("guest_spin_registers"));
	thread = vcpu_run_async(vcpu);
	sleep_ms(5);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(vcpu_eval(vcpu, guest_add, 20, 3), 23);
}

/* Creation and init against everything else: what syzkaller has found in this corner */

struct creator {
	struct vm *vm;
	unsigned int first_id;
	bool same;		/* all threads want the same ids */
	unsigned int created, existed;
};

#define NR_CREATED	16

static void *create_vcpus(void *arg)
{
	struct creator *creator = arg;
	unsigned int i;

	for (i = 0; i < NR_CREATED; i++) {
		struct kvm_create_device device = { .type = 1000 };

		if (ioctl(creator->vm->fd, KVM_CREATE_VCPU, creator->first_id + i) >= 0)
			creator->created++;
		else if (errno == EEXIST)
			creator->existed++;
		else
			FAIL("KVM_CREATE_VCPU: %s", strerror(errno));
		ASSERT_ERRNO(ioctl(creator->vm->fd, KVM_CREATE_DEVICE, &device), ENODEV);
	}
	return NULL;
}

TEST(create_the_same_vcpus_at_once)
{
	struct creator creators[4] = { 0 };
	pthread_t threads[4];
	struct vm *vm = vm_create();
	unsigned int i, created = 0;

	for (i = 0; i < 4; i++) {
		creators[i].vm = vm;
		threads[i] = thread_start(create_vcpus, &creators[i]);
	}
	for (i = 0; i < 4; i++) {
		thread_join(threads[i]);
		created += creators[i].created;
	}
	/* Each id was given out once. */
	ASSERT_EQ(created, NR_CREATED);
}

TEST(create_different_vcpus_at_once)
{
	struct creator creators[4] = { 0 };
	pthread_t threads[4];
	struct vm *vm = vm_create();
	unsigned int i;

	for (i = 0; i < 4; i++) {
		creators[i].vm = vm;
		creators[i].first_id = i * NR_CREATED;
		threads[i] = thread_start(create_vcpus, &creators[i]);
	}
	for (i = 0; i < 4; i++) {
		thread_join(threads[i]);
		ASSERT_EQ(creators[i].created, NR_CREATED);
	}
}

/* A vCPU appears in a VM that runs. */
TEST(create_vcpus_under_a_running_guest)
{
	struct vm *vm = vm_create_guest(1);
	struct runner runner = { .vcpu = &vm->vcpus[0] };
	unsigned int i;

	kick_setup();
	vcpu_call(runner.vcpu, guest_spin);
	runner.thread = thread_start(run_until_stopped, &runner);
	for (i = 1; i < 8; i++) {
		struct vcpu *vcpu = vm_add_ready_vcpu(vm, i, VCPU_PSCI);

		ASSERT_EQ(vcpu_eval(vcpu, guest_add, i, i), 2 * i);
	}
	WRITE_ONCE(runner.stop, true);
	kick_and_join(runner.thread);
}

/* Init again and again while another thread runs the vCPU: the one waits for the other. */
static void *kick_often(void *arg)
{
	struct runner *runner = arg;

	while (!READ_ONCE(runner->stop)) {
		kick_thread(runner->thread);
		sleep_ms(1);
	}
	return NULL;
}

static void *run_until_stopped_or_mmio(void *arg)
{
	struct runner *runner = arg;

	while (!READ_ONCE(runner->stop)) {
		const int ret = vcpu_run(runner->vcpu);

		ASSERT(!ret || ret == -EINTR);
	}
	return NULL;
}

TEST(init_against_run)
{
	struct vm *vm = vm_create_guest(1);
	struct runner runner = { .vcpu = &vm->vcpus[0] };
	pthread_t kicker;
	unsigned int i;

	/*
	 * After a reset the PC is 0, where there is no memory, and neither are
	 * there vectors: the guest goes round in aborts until it is kicked.
	 */
	kick_setup();
	vcpu_call(runner.vcpu, guest_exit_forever, MMIO_BASE);
	runner.thread = thread_start(run_until_stopped_or_mmio, &runner);
	kicker = thread_start(kick_often, &runner);
	for (i = 0; i < 50; i++) {
		ASSERT_OK(vcpu_init(runner.vcpu, VCPU_PSCI));
		vcpu_set(runner.vcpu, CORE_REG_X(0), MMIO_BASE);
		vcpu_set(runner.vcpu, CORE_REG_PC, guest_symbol("guest_exit_forever"));
	}
	WRITE_ONCE(runner.stop, true);
	thread_join(kicker);
	kick_and_join(runner.thread);
	ASSERT_OK(vcpu_init(runner.vcpu, VCPU_PSCI));
	ASSERT_EQ(vcpu_eval(runner.vcpu, guest_add, 1, 2), 3);
}

/* Ends */

TEST(vcpu_fd_closed_while_it_runs)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	pthread_t thread;

	kick_setup();
	vcpu_call(vcpu, guest_spin);
	thread = vcpu_run_async(vcpu);
	while (!*guest_var(vm, volatile u64, spin_count))
		sleep_ms(1);
	close(vcpu->fd);
	close(vm->fd);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
}

/* A process is killed with its vCPUs in the guest: it is gone at once. */
TEST(killed_while_running)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		const pid_t pid = ASSERT_OK(fork());
		int status;

		if (!pid) {
			struct vm *vm = vm_create_guest(4);
			unsigned int n;

			for (n = 0; n < 4; n++) {
				vcpu_call(&vm->vcpus[n], guest_spin);
				vcpu_run_async(&vm->vcpus[n]);
			}
			pause();
		}
		sleep_ms(50);
		ASSERT_OK(kill(pid, SIGKILL));
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		ASSERT_EQ(WTERMSIG(status), SIGKILL);
	}
}

/* The memory goes first: exit tears the address space down before the files. */
TEST(exit_with_everything_open)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		const pid_t pid = ASSERT_OK(fork());
		int status;

		if (!pid) {
			struct vm *vm = vm_create_guest(2);

			vcpu_eval(&vm->vcpus[0], guest_add, 1, 2);
			vcpu_call(&vm->vcpus[1], guest_spin);
			vcpu_run_async(&vm->vcpus[1]);
			sleep_ms(5);
			_exit(0);
		}
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		ASSERT_EQ(status, 0);
	}
}
