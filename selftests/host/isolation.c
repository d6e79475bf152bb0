// SPDX-License-Identifier: GPL-2.0
/*
 * Nobody sees another's memory, translations or registers: VMs of the device under
 * test among themselves, beside VMs of the kernel's KVM, vCPUs of one VM.
 */
#define _GNU_SOURCE
#include "holder.h"

/* Whose VM is the other one. */
struct partner {
	const char *name;
	const char *device;	/* NULL: the device under test */
};

static const struct partner partners[] = {
	{ "two VMs of this device", NULL },
	{ "one VM of this device, one of KVM", "/dev/kvm" },
};

static const char *partner_device(const struct partner *row)
{
	if (!row->device)
		return options.device;
	if (!strcmp(row->device, options.device))
		SKIP("the device under test is KVM");
	if (access(row->device, R_OK | W_OK))
		SKIP("no %s", row->device);
	return row->device;
}

#define ADDR	(GUEST_RAM_BASE + 8 * SZ_1M)

/* The same addresses on one CPU, by turns: no translation of the other's is used. */
TEST_EACH(memory_by_turns, struct partner, partners)
{
	struct vm *vms[] = {
		vm_create_guest(1), vm_create_guest_on(partner_device(row), 1),
	};
	unsigned int i;

	pin_to_cpu(0);
	for (i = 0; i < 2; i++)
		vcpu_eval(&vms[i]->vcpus[0], guest_write, ADDR, 0x1000 + i);
	for (i = 0; i < 100; i++) {
		struct vcpu *vcpu = &vms[i % 2]->vcpus[0];

		ASSERT_EQ(vcpu_eval(vcpu, guest_read, ADDR), 0x1000 + i % 2);
	}
	ASSERT_EQ(*(u64 *)gpa_to_hva(vms[0], ADDR), 0x1000);
	ASSERT_EQ(*(u64 *)gpa_to_hva(vms[1], ADDR), 0x1001);
}

/* The same, inside a loop of either guest: entries and exits and nothing else. */
TEST_EACH(memory_by_turns_in_a_loop, struct partner, partners)
{
	struct vm *vms[] = {
		vm_create_guest(1), vm_create_guest_on(partner_device(row), 1),
	};
	unsigned int i;

	pin_to_cpu(0);
	for (i = 0; i < 2; i++) {
		*(u64 *)gpa_to_hva(vms[i], ADDR) = 0x2000 + i;
		vcpu_call(&vms[i]->vcpus[0], guest_tell_with_table,
			  guest_symbol("page_table"), ADDR, 1000);
	}
	for (i = 0; i < 400; i++)
		ASSERT_EQ(vcpu_run_to_sync(&vms[i % 2]->vcpus[0]).val[0],
			  0x2000 + i % 2);
}

/* What one VM unmaps is unmapped there, and not in the other. */
TEST_EACH(unmapping_is_the_vms_own, struct partner, partners)
{
	struct vm *vms[] = {
		vm_create_guest(1), vm_create_guest_on(partner_device(row), 1),
	};
	unsigned int i;

	need_sync_mmu();
	pin_to_cpu(0);
	for (i = 0; i < 20; i++) {
		struct vcpu *vcpu = &vms[i % 2]->vcpus[0];
		struct vcpu *other = &vms[1 - i % 2]->vcpus[0];

		vcpu_eval(vcpu, guest_write, ADDR, i + 1);
		vcpu_eval(other, guest_write, ADDR, 100 + i);
		ASSERT_OK(madvise(gpa_to_hva(vcpu->vm, ADDR), SZ_4K, MADV_DONTNEED));
		ASSERT_EQ(vcpu_eval(vcpu, guest_read, ADDR), 0);
		ASSERT_EQ(vcpu_eval(other, guest_read, ADDR), 100 + i);
	}
}

static void hold_both(struct holder *a, struct holder *b, unsigned int rounds)
{
	holder_start(a);
	holder_start(b);
	holder_wait(a, rounds);
	holder_wait(b, rounds);
	holder_stop(a);
	holder_stop(b);
}

/* Registers and memory, the scheduler switching from one to the other. */
TEST_EACH(state_on_one_cpu, struct partner, partners)
{
	struct holder a = holder_create(options.device, 0x1111222233334444);
	struct holder b = holder_create(partner_device(row), 0x8888777766665555);

	a.cpu = b.cpu = 0;
	hold_both(&a, &b, 300);
}

/* ... with exits to user space, which switch at every one. */
TEST_EACH(state_on_one_cpu_with_exits, struct partner, partners)
{
	struct holder a = holder_create(options.device, 0x1111222233334444);
	struct holder b = holder_create(partner_device(row), 0x8888777766665555);

	a.cpu = b.cpu = 0;
	a.exit_every = 3;
	b.exit_every = 5;
	hold_both(&a, &b, 300);
}

TEST_EACH(state_on_all_cpus, struct partner, partners)
{
	struct holder a = holder_create(options.device, 0x1111222233334444);
	struct holder b = holder_create(partner_device(row), 0x8888777766665555);

	b.exit_every = 7;
	hold_both(&a, &b, 300);
}

/*
 * Both in one thread, which the scheduler never sees change hands: what a vCPU finds
 * in the CPU may be its own, or another's that ran there since.
 */
TEST_EACH(state_by_turns, struct partner, partners)
{
	struct holder holders[] = {
		holder_create(options.device, 0x1111222233334444),
		holder_create(partner_device(row), 0x8888777766665555),
	};
	unsigned int i;

	pin_to_cpu(0);
	for (i = 0; i < 2; i++)
		vcpu_call(&holders[i].vm->vcpus[0], guest_hold_state, holders[i].seed, ADDR, 4, 1);
	for (i = 0; i < 300; i++)
		vcpu_run_to_sync(&holders[i / 3 % 2].vm->vcpus[0]);
}

/* Both sides move from CPU to CPU, and meet each other's leavings there. */
static void *move_about(void *arg)
{
	struct holder *holder = arg;
	unsigned int i, nr_cpus = nr_cpus_online();
	struct report report;

	holder->vcpu = &holder->vm->vcpus[0];
	vcpu_call(holder->vcpu, guest_hold_state, holder->seed, ADDR, 4, 2);
	for (i = 0; i < 200; i++) {
		pin_to_cpu(i % nr_cpus);
		ASSERT_EQ(vcpu_run_to_report(holder->vcpu, &report), REPORT_SYNC);
	}
	return NULL;
}

TEST_EACH(state_while_moving, struct partner, partners)
{
	struct holder a = holder_create(options.device, 0x1111222233334444);
	struct holder b = holder_create(partner_device(row), 0x8888777766665555);

	a.thread = thread_start(move_about, &a);
	b.thread = thread_start(move_about, &b);
	thread_join(a.thread);
	thread_join(b.thread);
}

/*
 * Two vCPUs of one VM on one CPU, each with a translation table and no ASID to
 * tell them apart: the VM's TLB entries are tagged alike, and yet must not mix
 * (DDI 0487 D8.16.3: a vCPU's TLB is a CPU's, common to no other unless CnP says so).
 */
TEST(vcpus_with_different_tables)
{
	const u64 normal = 0x1 | 1 << 2 | 3 << 8 | BIT(10);
	struct vm *vm = vm_create_guest(2);
	unsigned int i;

	pin_to_cpu(0);
	for (i = 0; i < 2; i++) {
		/* Behind the image: a level-1 and a level-2 table for each vCPU. */
		const u64 l1 = ADDR + i * 4 * SZ_4K, l2 = l1 + SZ_4K;
		const u64 data = GUEST_RAM_BASE + (5 + i) * SZ_2M;
		u64 *table = gpa_to_hva(vm, l1);

		memcpy(table, guest_var(vm, u64, page_table), SZ_4K);
		table[TABLE_WINDOW / SZ_1G] = l2 | 0x3;
		*(u64 *)gpa_to_hva(vm, l2) = data | normal;
		*(u64 *)gpa_to_hva(vm, data) = 0x3000 + i;
		vcpu_call(&vm->vcpus[i], guest_tell_with_table, l1, TABLE_WINDOW, 1000);
	}
	for (i = 0; i < 400; i++)
		ASSERT_EQ(vcpu_run_to_sync(&vm->vcpus[i % 2]).val[0], 0x3000 + i % 2);
}

/* More VMs than fit in small tables of any kind, all alive and all run by turns. */
TEST_FLAGS(many_vms, TEST_SLOW)
{
	struct vm *vms[64];
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		vms[i] = vm_create_guest(1);
		vcpu_eval(&vms[i]->vcpus[0], guest_write, ADDR, i);
	}
	for (round = 0; round < 3; round++)
		for (i = 0; i < ARRAY_SIZE(vms); i++)
			ASSERT_EQ(vcpu_eval(&vms[i]->vcpus[0], guest_read, ADDR), i);
}

/* More VMs in a row than there are VMIDs of 8 bits; the first one is still itself. */
TEST_FLAGS(many_vms_in_a_row, TEST_SLOW)
{
	struct vm *first = vm_create_guest(1);
	unsigned int i;

	vcpu_eval(&first->vcpus[0], guest_write, ADDR, 0xf1f1);
	for (i = 0; i < 300; i++) {
		struct vm *vm = vm_create_guest(1);
		const long mmap_size = ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0);

		ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_read, ADDR), 0);
		vcpu_eval(&vm->vcpus[0], guest_write, ADDR, i);
		if (i % 32 == 0)
			ASSERT_EQ(vcpu_eval(&first->vcpus[0], guest_read, ADDR), 0xf1f1);
		ASSERT_OK(munmap(vm->vcpus[0].run, mmap_size));
		ASSERT_OK(munmap(vm->slots[0].hva, vm->slots[0].size));
		close(vm->vcpus[0].fd);
		close(vm->fd);
		free(vm);
	}
}
