// SPDX-License-Identifier: GPL-2.0
/*
 * The guest sees what the process sees: stage 2 follows whatever happens to
 * the memory behind a slot.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "vm.h"

#define BASE		0x100000000ULL
#define PAGE		4096UL
#define PAGES		64UL
#define SIZE		(PAGES * PAGE)
#define BIG		0x800000UL

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

struct ram {
	struct vm *vm;
	struct vcpu *vcpu;
	char *hva;
};

static void *map_anon(void *at, u64 size)
{
	void *mem = mmap(at, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	ASSERT(mem != MAP_FAILED);
	return mem;
}

static struct ram ram_create(void *mem, u64 size, u32 flags)
{
	struct ram ram = { .hva = mem };

	need_sync_mmu();
	ram.vm = vm_create_guest(1);
	ram.vcpu = &ram.vm->vcpus[0];
	vm_add_slot(ram.vm, BASE, size, mem, flags);
	return ram;
}

static struct ram ram_anon(void)
{
	return ram_create(map_anon(NULL, SIZE), SIZE, 0);
}

static u64 load(struct ram *ram, u64 offset)
{
	return vcpu_eval(ram->vcpu, memory_load, BASE + offset);
}

static void store(struct ram *ram, u64 offset, u64 val)
{
	vcpu_eval(ram->vcpu, memory_store, BASE + offset, val);
}

static u64 *word(struct ram *ram, u64 offset)
{
	return (u64 *)(ram->hva + offset);
}

TEST(process_and_guest_see_each_other)
{
	struct ram ram = ram_anon();

	ASSERT_EQ(load(&ram, 0), 0);
	*word(&ram, 0) = 1;
	ASSERT_EQ(load(&ram, 0), 1);
	store(&ram, 0, 2);
	ASSERT_EQ(*word(&ram, 0), 2);
	*word(&ram, 0) = 3;
	ASSERT_EQ(load(&ram, 0), 3);
}

TEST(zero_page_first_then_a_write)
{
	struct ram ram = ram_anon();
	u64 zero = ram.hva[PAGE];

	ASSERT_EQ(zero, 0);
	ASSERT_EQ(load(&ram, PAGE), 0);
	store(&ram, PAGE, 5);
	ASSERT_EQ(*word(&ram, PAGE), 5);
	ASSERT_EQ(load(&ram, 2 * PAGE), 0);
	*word(&ram, 2 * PAGE) = 6;
	ASSERT_EQ(load(&ram, 2 * PAGE), 6);
}

TEST(madvise_dontneed)
{
	struct ram ram = ram_anon();

	store(&ram, 0, 1);
	store(&ram, PAGE, 2);
	ASSERT_OK(madvise(ram.hva, PAGE, MADV_DONTNEED));
	ASSERT_EQ(load(&ram, 0), 0);
	ASSERT_EQ(load(&ram, PAGE), 2);
}

TEST(map_over)
{
	struct ram ram = ram_anon();

	store(&ram, 0, 1);
	map_anon(ram.hva, PAGE);
	*word(&ram, 0) = 7;
	ASSERT_EQ(load(&ram, 0), 7);
	store(&ram, 0, 8);
	ASSERT_EQ(*word(&ram, 0), 8);
}

TEST(munmap_and_back)
{
	struct ram ram = ram_anon();

	store(&ram, 0, 1);
	ASSERT_OK(munmap(ram.hva, PAGE));
	vcpu_call(ram.vcpu, memory_load, BASE);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
	map_anon(ram.hva, PAGE);
	*word(&ram, 0) = 9;
	ASSERT_EQ(vcpu_run_to_end(ram.vcpu), 9);
}

TEST(mremap_away)
{
	struct ram ram = ram_anon();
	u64 *moved;

	store(&ram, 0, 1);
	moved = mremap(ram.hva, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       map_anon(NULL, PAGE));
	ASSERT(moved != MAP_FAILED);
	vcpu_call(ram.vcpu, memory_store, BASE, 2);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
	ASSERT_EQ(*moved, 1);
	ASSERT(mremap(moved, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, ram.hva) ==
	       ram.hva);
	vcpu_run_to_end(ram.vcpu);
	ASSERT_EQ(*word(&ram, 0), 2);
}

TEST(mprotect)
{
	struct ram ram = ram_anon();

	store(&ram, 0, 1);
	ASSERT_OK(mprotect(ram.hva, SIZE, PROT_READ));
	ASSERT_EQ(load(&ram, 0), 1);
	vcpu_call(ram.vcpu, memory_store, BASE, 2);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
	ASSERT_EQ(*word(&ram, 0), 1);
	ASSERT_OK(mprotect(ram.hva, SIZE, PROT_READ | PROT_WRITE));
	vcpu_run_to_end(ram.vcpu);
	ASSERT_EQ(*word(&ram, 0), 2);
	ASSERT_OK(mprotect(ram.hva, SIZE, PROT_NONE));
	vcpu_call(ram.vcpu, memory_load, BASE);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
}

TEST(fork_copies_for_the_child)
{
	struct ram ram = ram_anon();
	int go[2], status;
	char c;
	pid_t pid;

	store(&ram, 0, 1);
	ASSERT_OK(pipe(go));
	pid = fork();
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &c, 1) == 0 && *word(&ram, 0) == 1 ? 0 : 1);
	}
	ASSERT_OK(pid);
	ASSERT_EQ(load(&ram, 0), 1);
	store(&ram, 0, 2);
	ASSERT_EQ(*word(&ram, 0), 2);
	close(go[0]);
	close(go[1]);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
	store(&ram, 0, 3);
	ASSERT_EQ(*word(&ram, 0), 3);
}

TEST(hole_punched_in_shared_memory)
{
	int fd = ASSERT_OK(memfd_create("ram", 0));
	struct ram ram;

	ASSERT_OK(ftruncate(fd, SIZE));
	ram = ram_create(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
			 SIZE, 0);
	store(&ram, 0, 1);
	store(&ram, PAGE, 2);
	ASSERT_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE));
	ASSERT_EQ(load(&ram, 0), 0);
	ASSERT_EQ(load(&ram, PAGE), 2);
	ASSERT_OK(ftruncate(fd, PAGE));
	vcpu_call(ram.vcpu, memory_load, BASE + PAGE);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
	ASSERT_OK(ftruncate(fd, SIZE));
	ASSERT_EQ(vcpu_run_to_end(ram.vcpu), 0);
}

TEST(private_copy_of_a_file)
{
	int fd = ASSERT_OK(memfd_create("ram", 0));
	u64 val = 11;
	struct ram ram;

	ASSERT_OK(ftruncate(fd, SIZE));
	ASSERT_EQ(pwrite(fd, &val, sizeof(val), 0), sizeof(val));
	ram = ram_create(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0),
			 SIZE, 0);
	ASSERT_EQ(load(&ram, 0), 11);
	store(&ram, 0, 12);
	ASSERT_EQ(load(&ram, 0), 12);
	ASSERT_EQ(*word(&ram, 0), 12);
	ASSERT_EQ(pread(fd, &val, sizeof(val), 0), sizeof(val));
	ASSERT_EQ(val, 11);
}

TEST(slots_that_share_memory)
{
	struct ram ram = ram_anon();

	vm_add_slot(ram.vm, BASE + 2 * SIZE, SIZE, ram.hva, 0);
	store(&ram, 0, 1);
	ASSERT_EQ(load(&ram, 2 * SIZE), 1);
	store(&ram, 2 * SIZE, 2);
	ASSERT_EQ(load(&ram, 0), 2);
	ASSERT_OK(madvise(ram.hva, SIZE, MADV_DONTNEED));
	ASSERT_EQ(load(&ram, 0), 0);
	ASSERT_EQ(load(&ram, 2 * SIZE), 0);
}

TEST(read_only_slot)
{
	struct ram ram = ram_create(map_anon(NULL, SIZE), SIZE, KVM_MEM_READONLY);

	*word(&ram, 8) = 4;
	ASSERT_EQ(load(&ram, 8), 4);
	vcpu_call(ram.vcpu, memory_store, BASE + 8, 5);
	vcpu_run_to_mmio(ram.vcpu);
	ASSERT_EQ(ram.vcpu->run->mmio.phys_addr, BASE + 8);
	ASSERT(ram.vcpu->run->mmio.is_write);
	ASSERT_EQ(ram.vcpu->run->mmio.len, 8);
	vcpu_run_to_end(ram.vcpu);
	ASSERT_EQ(*word(&ram, 8), 4);
}

TEST(read_only_mapping_behind_a_read_only_slot)
{
	struct ram ram = ram_create(map_anon(NULL, SIZE), SIZE, KVM_MEM_READONLY);

	*word(&ram, 0) = 4;
	ASSERT_OK(mprotect(ram.hva, SIZE, PROT_READ));
	ASSERT_EQ(load(&ram, 0), 4);
}

TEST(code_of_the_guest)
{
	struct ram ram = ram_anon();
	u64 i;

	for (i = 0; i < 20; i++)
		ASSERT_EQ(vcpu_eval(ram.vcpu, guest_call_new_code, BASE, i), i);
	/* Elsewhere in memory that was data until now. */
	store(&ram, PAGE, 1);
	ASSERT_EQ(vcpu_eval(ram.vcpu, guest_call_new_code, BASE + PAGE, 33), 33);
}

TEST(code_of_the_host)
{
	struct ram ram = ram_anon();
	u32 *code;
	u32 i;

	for (i = 0; i < 8; i++) {
		code = (u32 *)(ram.hva + i * PAGE);
		code[0] = 0xd2800000 | i << 5;
		code[1] = 0xd65f03c0;
		__builtin___clear_cache((char *)code, (char *)(code + 2));
		ASSERT_EQ(vcpu_eval(ram.vcpu, guest_call, BASE + i * PAGE), i);
	}
}

TEST(code_changed_by_a_new_mapping)
{
	struct ram ram = ram_anon();

	ASSERT_EQ(vcpu_eval(ram.vcpu, guest_call_new_code, BASE, 1), 1);
	map_anon(ram.hva, PAGE);
	ASSERT_EQ(vcpu_eval(ram.vcpu, guest_call_new_code, BASE, 2), 2);
}

/* The guest counts in all pages while the process does @storm to them. */
struct storm {
	const char *name;
	void (*storm)(char *mem);
	unsigned int rounds;
};

static void storm_fork(char *mem)
{
	pid_t pid = fork();
	int status;

	(void)mem;
	if (!pid)
		_exit(0);
	ASSERT_OK(pid);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
}

static void storm_protect(char *mem)
{
	ASSERT_OK(mprotect(mem, BIG, PROT_READ | PROT_WRITE | PROT_EXEC));
	ASSERT_OK(mprotect(mem, BIG / 2, PROT_READ | PROT_WRITE));
	ASSERT_OK(mprotect(mem, BIG, PROT_READ | PROT_WRITE));
}

static void storm_collapse(char *mem)
{
	/* No memory for a huge page is no failure. */
	madvise(mem, BIG, MADV_COLLAPSE);
	ASSERT_OK(mprotect(mem + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
	ASSERT_OK(mprotect(mem + PAGE, PAGE, PROT_READ | PROT_WRITE));
}

static void storm_cold(char *mem)
{
	madvise(mem, BIG, MADV_COLD);
	madvise(mem, BIG, MADV_PAGEOUT);
}

static void storm_soft_dirty(char *mem)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	(void)mem;
	if (fd < 0)
		return;
	ASSERT_EQ(write(fd, "1", 1), 1);
	close(fd);
}

static const struct storm storms[] = {
	{ "fork", storm_fork, 20 },
	{ "mprotect", storm_protect, 200 },
	{ "collapse and split", storm_collapse, 60 },
	{ "cold", storm_cold, 60 },
	{ "references cleared", storm_soft_dirty, 60 },
};

static void *run_hammer(void *arg)
{
	struct vcpu *vcpu = arg;

	return (void *)vcpu_run_to_end(vcpu);
}

static void wait_for_round(struct vm *vm, u64 round)
{
	while (READ_ONCE(*guest_var(vm, u64, hammer_rounds)) < round)
		sched_yield();
}

TEST_EACH_FLAGS(guest_counts_in, struct storm, storms, TEST_SLOW)
{
	char *mem = map_anon(NULL, 2 * BIG);
	u64 pages = BIG / PAGE, rounds, i;
	struct ram ram;
	pthread_t thread;

	mem = (char *)(((u64)mem + BIG - 1) & ~(BIG - 1));
	ram = ram_create(mem, BIG, 0);
	vcpu_call(ram.vcpu, guest_hammer, BASE, pages);
	thread = thread_start(run_hammer, ram.vcpu);
	wait_for_round(ram.vm, 1);
	for (i = 0; i < row->rounds; i++)
		row->storm(mem);
	wait_for_round(ram.vm, READ_ONCE(*guest_var(ram.vm, u64, hammer_rounds)) + 1);
	WRITE_ONCE(*guest_var(ram.vm, u64, hammer_stop), 1);
	rounds = (u64)thread_join(thread);
	for (i = 0; i < pages; i++)
		ASSERT_EQ(*word(&ram, i * PAGE), rounds);
}

static void wait_for_progress(struct vm *vm)
{
	u64 now = READ_ONCE(*guest_var(vm, u64, hammer_rounds));

	wait_for_round(vm, now + 1);
}

/* Answers what the guest reads from nowhere; ends with the guest. */
static void *run_watch(void *arg)
{
	struct vcpu *vcpu = arg;
	u64 mmio = 0;

	for (;;) {
		vcpu_run_to(vcpu, KVM_EXIT_MMIO);
		if (vcpu_at_report(vcpu))
			return (void *)mmio;
		ASSERT_EQ(vcpu->run->mmio.phys_addr, BASE);
		mmio++;
	}
}

TEST(slot_removed_under_a_running_guest)
{
	struct ram ram = ram_anon();
	u32 slot = ram.vm->nr_slots - 1;
	pthread_t thread;
	unsigned int i;

	vcpu_call(ram.vcpu, guest_watch, BASE);
	thread = thread_start(run_watch, ram.vcpu);
	for (i = 0; i < 50; i++) {
		wait_for_progress(ram.vm);
		ASSERT_OK(vm_set_slot(ram.vm, slot, BASE, 0, ram.hva, 0));
		wait_for_progress(ram.vm);
		ASSERT_OK(vm_set_slot(ram.vm, slot, BASE, SIZE, ram.hva, 0));
	}
	WRITE_ONCE(*guest_var(ram.vm, u64, hammer_stop), 1);
	ASSERT_GE((u64)thread_join(thread), 25);
}

TEST(slot_moved_under_a_running_guest)
{
	struct ram ram = ram_anon();
	u32 slot = ram.vm->nr_slots - 1;
	pthread_t thread;
	unsigned int i;

	vcpu_call(ram.vcpu, guest_watch, BASE);
	thread = thread_start(run_watch, ram.vcpu);
	for (i = 0; i < 50; i++) {
		wait_for_progress(ram.vm);
		ASSERT_OK(vm_set_slot(ram.vm, slot, BASE + SIZE, SIZE, ram.hva, 0));
		wait_for_progress(ram.vm);
		ASSERT_OK(vm_set_slot(ram.vm, slot, BASE, SIZE, ram.hva, 0));
	}
	WRITE_ONCE(*guest_var(ram.vm, u64, hammer_stop), 1);
	thread_join(thread);
}

TEST(memory_after_its_slot_is_not_the_guests)
{
	struct ram ram = ram_anon();
	u32 slot = ram.vm->nr_slots - 1;

	store(&ram, 0, 1);
	ASSERT_OK(vm_set_slot(ram.vm, slot, BASE, 0, ram.hva, 0));
	vcpu_call(ram.vcpu, memory_store, BASE, 2);
	vcpu_run_to_mmio(ram.vcpu);
	ASSERT_EQ(*word(&ram, 0), 1);
	vcpu_run_to_end(ram.vcpu);
	ASSERT_EQ(*word(&ram, 0), 1);
}

/* As many slots as there can be, in an order that makes each an insertion. */
TEST_FLAGS(all_slots, TEST_SLOW)
{
	u64 n = device_cap(KVM_CAP_NR_MEMSLOTS), i, start = now_ns();
	struct vm *vm = vm_create();
	void *mem = map_anon(NULL, PAGE);

	if (!strcmp(options.device, "/dev/kvm"))
		SKIP("minutes, with KVM");
	for (i = 0; i < n; i++)
		ASSERT_OK(vm_set_slot(vm, i, BASE + i * PAGE, PAGE, mem, 0));
	ASSERT_ERRNO(vm_set_slot(vm, n, BASE + n * PAGE, PAGE, mem, 0), EINVAL);
	test_note("%llu slots upwards: %llu ms", (unsigned long long)n,
		  (unsigned long long)(now_ns() - start) / 1000000);
	start = now_ns();
	vm = vm_create();
	n = 2000;
	for (i = 0; i < n; i++)
		ASSERT_OK(vm_set_slot(vm, i, BASE + (n - i) * PAGE, PAGE, mem, 0));
	test_note("%llu slots downwards: %llu ms", (unsigned long long)n,
		  (unsigned long long)(now_ns() - start) / 1000000);
}
