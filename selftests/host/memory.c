// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory is the process's memory: not pinned, faulted in on demand, and
 * whatever happens to the mapping happens to the guest's view of it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "vm.h"

/* Where the memory under test is, behind the guest's own RAM. */
#define TEST_GPA	(GUEST_RAM_BASE + 0x10000000)
#define OTHER_GPA	(TEST_GPA + 2 * SZ_1G)
#define NR_PAGES	64
#define TEST_SIZE	(NR_PAGES * SZ_4K)

struct env {
	struct vm *vm;
	struct vcpu *vcpu;
	u64 *mem;		/* the test's memory */
	volatile u64 *rounds, *stop;
};

static void *anon(u64 size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(p != MAP_FAILED);
	return p;
}

static struct env setup_with(void *mem, u64 size)
{
	struct env env = { .vm = vm_create_guest(1), .mem = mem };

	env.vcpu = &env.vm->vcpus[0];
	env.rounds = guest_var(env.vm, u64, rounds);
	env.stop = guest_var(env.vm, u64, stop);
	vm_add_slot(env.vm, TEST_GPA, size, mem, 0);
	return env;
}

static struct env setup(void)
{
	return setup_with(anon(TEST_SIZE, PROT_READ | PROT_WRITE), TEST_SIZE);
}

static u64 *page(const struct env *env, unsigned int i)
{
	return env->mem + i * SZ_4K / 8;
}

static void fill(const struct env *env, u64 value)
{
	vcpu_eval(env->vcpu, guest_fill, TEST_GPA, NR_PAGES, SZ_4K, value);
}

static u64 differences(const struct env *env, u64 value)
{
	return vcpu_eval(env->vcpu, guest_compare, TEST_GPA, NR_PAGES, SZ_4K, value);
}

/* Wait for a guest in another thread to have gone round a few times more. */
static void wait_for_rounds(const struct env *env, u64 n)
{
	const u64 target = *env->rounds + n;
	unsigned int ms;

	for (ms = 0; *env->rounds < target; ms++) {
		if (ms == 20000)
			FAIL("the guest stands: rounds %llu, exit reason %s",
			     (unsigned long long)*env->rounds,
			     exit_reason_name(env->vcpu->run->exit_reason));
		sleep_ms(1);
	}
}

/* A guest that rewrites memory in another thread: start it, and end it. */
static pthread_t start_guest(const struct env *env, u64 addr)
{
	pthread_t thread;

	vcpu_call(env->vcpu, guest_rewrite_until_stopped, addr, NR_PAGES, SZ_4K);
	thread = vcpu_run_async(env->vcpu);
	wait_for_rounds(env, 1);
	return thread;
}

static void stop_guest(const struct env *env, pthread_t thread)
{
	*env->stop = 1;
	ASSERT_EQ(vcpu_run_wait(thread), 0);
	vcpu_check_end(env->vcpu);
}

TEST(guest_and_host_see_the_same)
{
	struct env env = setup();
	unsigned int i;

	fill(&env, 100);
	for (i = 0; i < NR_PAGES; i++) {
		ASSERT_EQ(*page(&env, i), 100 + i);
		*page(&env, i) = 200 + i;
	}
	ASSERT_EQ(differences(&env, 200), 0);
}

/* Only what was touched is there: nothing is populated ahead. */
TEST(demand_paging)
{
	struct env env = setup_with(anon(SZ_2M * 8, PROT_READ | PROT_WRITE), SZ_2M * 8);
	unsigned char present[8 * SZ_2M / SZ_4K];
	unsigned int i, nr = 0;

	madvise(env.mem, SZ_2M * 8, MADV_NOHUGEPAGE);
	vcpu_eval(env.vcpu, guest_fill, TEST_GPA, 8, SZ_2M, 1);
	ASSERT_OK(mincore(env.mem, 8 * SZ_2M, present));
	for (i = 0; i < ARRAY_SIZE(present); i++)
		nr += present[i] & 1;
	ASSERT_EQ(nr, 8);
}

/* Reads of untouched memory are zero; the first write makes it the guest's own. */
TEST(read_before_write)
{
	struct env env = setup();
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + i * SZ_4K), 0);
	vcpu_eval(env.vcpu, guest_write, TEST_GPA, 1);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 1);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + SZ_4K), 0);
	ASSERT_EQ(*page(&env, 0), 1);
	ASSERT_EQ(*page(&env, 1), 0);
}

TEST(first_and_last_word_of_a_slot)
{
	struct env env = setup();

	vcpu_eval(env.vcpu, guest_write, TEST_GPA, 1);
	vcpu_eval(env.vcpu, guest_write, TEST_GPA + TEST_SIZE - 8, 2);
	ASSERT_EQ(env.mem[0], 1);
	ASSERT_EQ(env.mem[TEST_SIZE / 8 - 1], 2);
	vcpu_call(env.vcpu, guest_read, TEST_GPA - 8);
	vcpu_run_to_mmio(env.vcpu);
	ASSERT_EQ(env.vcpu->run->mmio.phys_addr, TEST_GPA - 8);
	vcpu_run_to_end(env.vcpu);
	vcpu_call(env.vcpu, guest_read, TEST_GPA + TEST_SIZE);
	vcpu_run_to_mmio(env.vcpu);
	ASSERT_EQ(env.vcpu->run->mmio.phys_addr, TEST_GPA + TEST_SIZE);
}

TEST(two_slots_of_the_same_memory)
{
	struct env env = setup();

	vm_add_slot(env.vm, OTHER_GPA, TEST_SIZE, env.mem, 0);
	fill(&env, 7);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_compare, OTHER_GPA, NR_PAGES, SZ_4K, 7), 0);
	vcpu_eval(env.vcpu, guest_write, OTHER_GPA, 99);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 99);
}

/* Memory whose alignment fits no large block at stage 2. */
TEST(odd_alignment)
{
	char *mem = anon(4 * SZ_2M, PROT_READ | PROT_WRITE);
	struct env env;

	madvise(mem, 4 * SZ_2M, MADV_HUGEPAGE);
	env = setup_with(mem + 3 * SZ_4K, 2 * SZ_2M);
	vcpu_eval(env.vcpu, guest_fill, TEST_GPA, 1024, SZ_4K, 5);
	ASSERT_EQ(*page(&env, 0), 5);
	ASSERT_EQ(*page(&env, 511), 5 + 511);
	ASSERT_EQ(*page(&env, 1023), 5 + 1023);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_compare, TEST_GPA, 1024, SZ_4K, 5), 0);
}

/* madvise, mremap, munmap, mprotect */

TEST(madvise_dontneed)
{
	struct env env = setup();

	need_sync_mmu();
	fill(&env, 1);
	ASSERT_OK(madvise(env.mem, TEST_SIZE, MADV_DONTNEED));
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 0);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + 63 * SZ_4K), 0);
	fill(&env, 2);
	ASSERT_EQ(differences(&env, 2), 0);
	ASSERT_EQ(*page(&env, 63), 2 + 63);
}

/* In the middle of a huge page, if there is one: its neighbours stay. */
TEST(madvise_dontneed_inside_a_huge_page)
{
	char *mem = anon(4 * SZ_2M, PROT_READ | PROT_WRITE);
	struct env env;

	need_sync_mmu();
	mem = (char *)(((uintptr_t)mem + SZ_2M - 1) & -SZ_2M);
	madvise(mem, 2 * SZ_2M, MADV_HUGEPAGE);
	env = setup_with(mem, 2 * SZ_2M);
	vcpu_eval(env.vcpu, guest_fill, TEST_GPA, 1024, SZ_4K, 1000);
	ASSERT_OK(madvise(mem + 5 * SZ_4K, SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + 5 * SZ_4K), 0);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_compare, TEST_GPA, 1024, SZ_4K, 1000), 1);
	vcpu_eval(env.vcpu, guest_fill, TEST_GPA, 1024, SZ_4K, 3000);
	ASSERT_EQ(*page(&env, 4), 3004);
	ASSERT_EQ(*page(&env, 5), 3005);
	ASSERT_EQ(*page(&env, 1023), 3000 + 1023);
}

TEST(madvise_dontneed_under_a_running_guest)
{
	struct env env = setup();
	const pthread_t thread = start_guest(&env, TEST_GPA);
	unsigned int i;

	for (i = 0; i < 200; i++)
		ASSERT_OK(madvise(page(&env, i % NR_PAGES), SZ_4K, MADV_DONTNEED));
	wait_for_rounds(&env, 2);
	stop_guest(&env, thread);
}

TEST(munmap_and_mmap_again)
{
	struct env env = setup();

	need_sync_mmu();
	fill(&env, 1);
	ASSERT_OK(munmap(env.mem, TEST_SIZE));
	vcpu_call(env.vcpu, guest_read, TEST_GPA);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	ASSERT(mmap(env.mem, TEST_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == env.mem);
	*page(&env, 0) = 55;
	/* The access that failed is tried again and succeeds. */
	ASSERT_EQ(vcpu_run_to_end(env.vcpu), 55);
}

TEST(munmap_under_a_running_guest)
{
	struct env env = setup();
	const pthread_t thread = start_guest(&env, TEST_GPA);

	need_sync_mmu();
	ASSERT_OK(munmap(page(&env, 20), 4 * SZ_4K));
	ASSERT_EQ(vcpu_run_wait(thread), -EFAULT);
	ASSERT(mmap(page(&env, 20), 4 * SZ_4K, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page(&env, 20));
	*env.stop = 1;
	vcpu_run_to_end(env.vcpu);
}

TEST(mremap_away)
{
	struct env env = setup();
	u64 *elsewhere = anon(TEST_SIZE, PROT_READ | PROT_WRITE);

	need_sync_mmu();
	fill(&env, 1);
	ASSERT(mremap(env.mem, TEST_SIZE, TEST_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      elsewhere) == elsewhere);
	ASSERT_EQ(elsewhere[0], 1);
	vcpu_call(env.vcpu, guest_write, TEST_GPA, 99);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	/* What was the guest's page is out of its reach. */
	ASSERT_EQ(elsewhere[0], 1);
}

TEST(mremap_into_the_slot)
{
	struct env env = setup();
	u64 *other = anon(TEST_SIZE, PROT_READ | PROT_WRITE);

	need_sync_mmu();
	fill(&env, 1);
	other[0] = 77;
	ASSERT(mremap(other, TEST_SIZE, TEST_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      env.mem) == env.mem);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 77);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + SZ_4K), 0);
}

TEST(mprotect_none)
{
	struct env env = setup();

	need_sync_mmu();
	fill(&env, 1);
	ASSERT_OK(mprotect(env.mem, TEST_SIZE, PROT_NONE));
	vcpu_call(env.vcpu, guest_read, TEST_GPA);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	ASSERT_OK(mprotect(env.mem, TEST_SIZE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(vcpu_run_to_end(env.vcpu), 1);
}

TEST(mprotect_read)
{
	struct env env = setup();

	need_sync_mmu();
	fill(&env, 1);
	ASSERT_OK(mprotect(env.mem, TEST_SIZE, PROT_READ));
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 1);
	vcpu_call(env.vcpu, guest_write, TEST_GPA, 2);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	ASSERT_EQ(env.mem[0], 1);
	ASSERT_OK(mprotect(env.mem, TEST_SIZE, PROT_READ | PROT_WRITE));
	vcpu_run_to_end(env.vcpu);
	ASSERT_EQ(env.mem[0], 2);
}

TEST(mapping_that_was_always_read_only)
{
	struct env env = setup_with(anon(TEST_SIZE, PROT_READ), TEST_SIZE);

	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 0);
	vcpu_call(env.vcpu, guest_write, TEST_GPA, 2);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	ASSERT_EQ(env.mem[0], 0);
}

/* fork: copy on write, and the guest stays with its parent */

TEST(fork_copies_on_write)
{
	struct env env = setup();
	int to_child[2], status;
	pid_t pid;
	char c = 0;

	ASSERT_OK(pipe(to_child));
	fill(&env, 1);
	pid = ASSERT_OK(fork());
	if (!pid) {
		/* The child's copy: what was there, whatever the guest does later. */
		*page(&env, 2) = 0xc0;
		if (read(to_child[0], &c, 1) != 1)
			_exit(1);
		_exit(*page(&env, 0) == 1 && *page(&env, 1) == 2 &&
		      *page(&env, 2) == 0xc0 ? 0 : 2);
	}
	ASSERT_EQ(differences(&env, 1), 0);
	fill(&env, 1000);
	ASSERT_EQ(differences(&env, 1000), 0);
	ASSERT_EQ(*page(&env, 0), 1000);
	ASSERT_EQ(write(to_child[1], &c, 1), 1);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
	ASSERT_EQ(differences(&env, 1000), 0);
}

TEST(fork_under_a_running_guest)
{
	struct env env = setup();
	const pthread_t thread = start_guest(&env, TEST_GPA);
	unsigned int i;

	for (i = 0; i < 5; i++) {
		int status;
		pid_t pid = ASSERT_OK(fork());

		if (!pid) {
			memset(env.mem, 0xff, TEST_SIZE);
			_exit(0);
		}
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		wait_for_rounds(&env, 1);
	}
	stop_guest(&env, thread);
}

/* Files */

static int memfd(u64 size)
{
	int fd = ASSERT_OK(memfd_create("guest", 0));

	ASSERT_OK(ftruncate(fd, size));
	return fd;
}

static void *map_shared(int fd, u64 size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	ASSERT(p != MAP_FAILED);
	return p;
}

TEST(file_is_written_by_the_guest)
{
	const int fd = memfd(TEST_SIZE);
	struct env env = setup_with(map_shared(fd, TEST_SIZE), TEST_SIZE);
	u64 value = 42;

	fill(&env, 1);
	ASSERT_EQ(pread(fd, &value, 8, 3 * SZ_4K), 8);
	ASSERT_EQ(value, 4);
	value = 42;
	ASSERT_EQ(pwrite(fd, &value, 8, 3 * SZ_4K), 8);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + 3 * SZ_4K), 42);
}

TEST(file_truncated)
{
	const int fd = memfd(TEST_SIZE);
	struct env env = setup_with(map_shared(fd, TEST_SIZE), TEST_SIZE);

	need_sync_mmu();
	fill(&env, 1);
	ASSERT_OK(ftruncate(fd, 2 * SZ_4K));
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + SZ_4K), 2);
	vcpu_call(env.vcpu, guest_read, TEST_GPA + 2 * SZ_4K);
	ASSERT_EQ(vcpu_run(env.vcpu), -EFAULT);
	ASSERT_OK(ftruncate(fd, TEST_SIZE));
	ASSERT_EQ(vcpu_run_to_end(env.vcpu), 0);
}

TEST(file_with_a_hole_punched)
{
	const int fd = memfd(TEST_SIZE);
	struct env env = setup_with(map_shared(fd, TEST_SIZE), TEST_SIZE);

	need_sync_mmu();
	fill(&env, 1);
	ASSERT_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    4 * SZ_4K, SZ_4K));
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + 4 * SZ_4K), 0);
	ASSERT_EQ(differences(&env, 1), 1);
}

/* A private mapping of a file: the guest's writes stay out of the file. */
TEST(file_mapped_privately)
{
	const int fd = memfd(TEST_SIZE);
	u64 value = 42;
	struct env env;

	ASSERT_EQ(pwrite(fd, &value, 8, 0), 8);
	env = setup_with(mmap(NULL, TEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			      fd, 0), TEST_SIZE);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 42);
	vcpu_eval(env.vcpu, guest_write, TEST_GPA, 43);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 43);
	ASSERT_EQ(env.mem[0], 43);
	ASSERT_EQ(pread(fd, &value, 8, 0), 8);
	ASSERT_EQ(value, 42);
}

/* Slots that change under the guest */

TEST(slot_deleted_and_made_again)
{
	struct env env = setup();

	fill(&env, 1);
	ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA, 0, env.mem, 0));
	vcpu_call(env.vcpu, guest_read, TEST_GPA + 8);
	vcpu_run_to_mmio(env.vcpu);
	ASSERT_EQ(env.vcpu->run->mmio.phys_addr, TEST_GPA + 8);
	*(u64 *)env.vcpu->run->mmio.data = 5;
	ASSERT_EQ(vcpu_run_to_end(env.vcpu), 5);
	ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA, TEST_SIZE, env.mem, 0));
	ASSERT_EQ(differences(&env, 1), 0);
}

TEST(slot_deleted_under_a_running_guest)
{
	struct env env = setup();
	pthread_t thread;

	vcpu_call(env.vcpu, guest_read_until, TEST_GPA, 123);
	thread = vcpu_run_async(env.vcpu);
	wait_for_rounds(&env, 1);
	ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA, 0, env.mem, 0));
	ASSERT_EQ(vcpu_run_wait(thread), 0);
	ASSERT_EQ(env.vcpu->run->exit_reason, KVM_EXIT_MMIO);
	ASSERT_EQ(env.vcpu->run->mmio.phys_addr, TEST_GPA);
	*(u64 *)env.vcpu->run->mmio.data = 123;
	vcpu_run_to_end(env.vcpu);
}

TEST(slot_moved)
{
	struct env env = setup();

	fill(&env, 1);
	ASSERT_OK(vm_set_slot(env.vm, 1, OTHER_GPA, TEST_SIZE, env.mem, 0));
	vcpu_call(env.vcpu, guest_read, TEST_GPA);
	vcpu_run_to_mmio(env.vcpu);
	vcpu_run_to_end(env.vcpu);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_compare, OTHER_GPA, NR_PAGES, SZ_4K, 1), 0);
}

TEST(slot_replaced_by_other_memory)
{
	struct env env = setup();
	u64 *other = anon(TEST_SIZE, PROT_READ | PROT_WRITE);

	fill(&env, 1);
	other[0] = 88;
	ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA, 0, env.mem, 0));
	ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA, TEST_SIZE, other, 0));
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 88);
	vcpu_eval(env.vcpu, guest_write, TEST_GPA, 89);
	ASSERT_EQ(other[0], 89);
	ASSERT_EQ(env.mem[0], 1);
}

TEST(slot_changes_many_times_under_a_running_guest)
{
	struct env env = setup();
	/* A guest at work in its own RAM, and slots coming and going beside it. */
	const pthread_t thread = start_guest(&env, GUEST_RAM_BASE + 8 * SZ_1M);
	unsigned int i;

	for (i = 0; i < 50; i++) {
		ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA, 0, env.mem, 0));
		ASSERT_OK(vm_set_slot(env.vm, 1, TEST_GPA + (i % 3) * SZ_1M,
				      TEST_SIZE, env.mem, 0));
	}
	stop_guest(&env, thread);
}

/* What the host's memory management does by itself */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int ret;

	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	close(fd);
	return ret;
}

static long read_number(const char *path)
{
	char buf[32] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		return -1;
	close(fd);
	return strtol(buf, NULL, 0);
}

TEST(compaction_under_a_running_guest)
{
	struct env env = setup();
	pthread_t thread;
	unsigned int i;

	if (access("/proc/sys/vm/compact_memory", W_OK))
		SKIP("no memory compaction");
	thread = start_guest(&env, TEST_GPA);
	for (i = 0; i < 2; i++)
		ASSERT_OK(write_file("/proc/sys/vm/compact_memory", "1"));
	wait_for_rounds(&env, 1);
	stop_guest(&env, thread);
}

/* Equal pages become one; the guest that writes to one of them keeps the others apart. */
TEST_FLAGS(ksm, TEST_SLOW)
{
	struct env env = setup();
	unsigned int i, j;

	if (write_file("/sys/kernel/mm/ksm/run", "1"))
		SKIP("no KSM");
	write_file("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	for (i = 0; i < NR_PAGES; i++)
		for (j = 0; j < SZ_4K / 8; j++)
			page(&env, i)[j] = 0x6b736d6b736d;
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA), 0x6b736d6b736d);
	ASSERT_OK(madvise(env.mem, TEST_SIZE, MADV_MERGEABLE));
	for (i = 0; read_number("/sys/kernel/mm/ksm/pages_sharing") < NR_PAGES / 2; i++) {
		if (i > 1000)
			SKIP("KSM has merged nothing in ten seconds");
		sleep_ms(10);
	}
	for (i = 0; i < NR_PAGES; i += 2)
		vcpu_eval(env.vcpu, guest_write, TEST_GPA + i * SZ_4K, i);
	for (i = 0; i < NR_PAGES; i++)
		ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + i * SZ_4K),
			  i % 2 ? 0x6b736d6b736d : i);
	write_file("/sys/kernel/mm/ksm/run", "2");
}

TEST(swap_out)
{
	struct env env = setup();
	char swaps[512] = "";
	int fd = open("/proc/swaps", O_RDONLY);

	if (fd < 0 || read(fd, swaps, sizeof(swaps) - 1) < 0 ||
	    !strchr(strchr(swaps, '\n') ? strchr(swaps, '\n') + 1 : "", '\n'))
		SKIP("no swap");
	fill(&env, 1);
	ASSERT_OK(madvise(env.mem, TEST_SIZE, MADV_PAGEOUT));
	ASSERT_EQ(differences(&env, 1), 0);
}

/* userfaultfd: user space supplies a page when the guest asks for it. */

struct supplier {
	int uffd;
	u64 value;
	u64 asked;		/* the address that was asked for */
};

static void *supply_page(void *arg)
{
	struct supplier *supplier = arg;
	u64 *content = aligned_alloc(SZ_4K, SZ_4K);
	struct uffdio_copy copy = { .len = SZ_4K, .src = (uintptr_t)content };
	struct uffd_msg msg;

	memset(content, 0, SZ_4K);
	content[0] = supplier->value;
	ASSERT_EQ(read(supplier->uffd, &msg, sizeof(msg)), sizeof(msg));
	ASSERT_EQ(msg.event, UFFD_EVENT_PAGEFAULT);
	supplier->asked = msg.arg.pagefault.address;
	copy.dst = msg.arg.pagefault.address & -SZ_4K;
	ASSERT_OK(ioctl(supplier->uffd, UFFDIO_COPY, &copy));
	return NULL;
}

TEST(userfaultfd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct env env = setup();
	struct supplier supplier = { .value = 4242 };
	pthread_t thread;

	supplier.uffd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (supplier.uffd < 0)
		SKIP("no userfaultfd");
	ASSERT_OK(ioctl(supplier.uffd, UFFDIO_API, &api));
	reg.range.start = (uintptr_t)env.mem;
	reg.range.len = TEST_SIZE;
	ASSERT_OK(ioctl(supplier.uffd, UFFDIO_REGISTER, &reg));
	thread = thread_start(supply_page, &supplier);
	ASSERT_EQ(vcpu_eval(env.vcpu, guest_read, TEST_GPA + 5 * SZ_4K), 4242);
	thread_join(thread);
	ASSERT_EQ(supplier.asked & -SZ_4K, (uintptr_t)page(&env, 5));
}

/* The VM goes while its memory stays, again and again: nothing may be left behind. */
TEST(many_vms_on_the_same_memory)
{
	u64 *mem = anon(TEST_SIZE, PROT_READ | PROT_WRITE);
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct env env = setup_with(mem, TEST_SIZE);

		if (i)
			ASSERT_EQ(differences(&env, i), 0);
		fill(&env, i + 1);
		close(env.vcpu->fd);
		close(env.vm->fd);
		munmap(env.vcpu->run, getpagesize());
		munmap(env.vm->slots[0].hva, env.vm->slots[0].size);
	}
	ASSERT_EQ(mem[0], 20);
}
