// SPDX-License-Identifier: GPL-2.0
/* The dirty log, by both protocols, over pages and over blocks. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "vm.h"

#define BASE		0x100000000ULL
#define PAGE		4096UL
#define BLOCK		0x200000UL
#define SIZE		(2 * BLOCK)
#define PAGES		(SIZE / PAGE)
#define WORDS		(PAGES / 64)
#define LOG		KVM_MEM_LOG_DIRTY_PAGES

struct logged {
	struct vm *vm;
	struct vcpu *vcpu;
	char *hva;
	u32 slot;
	u64 bits[WORDS];
};

/* Memory that may be backed by huge pages, in a slot that is not logged yet. */
static struct logged *logged_create(u64 manual)
{
	struct logged *l = calloc(1, sizeof(*l));
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args = { manual },
	};
	char *mem = mmap(NULL, SIZE + BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(l);
	ASSERT(mem != MAP_FAILED);
	l->vm = vm_create_guest(1);
	l->vcpu = &l->vm->vcpus[0];
	if (manual)
		ASSERT_OK(ioctl(l->vm->fd, KVM_ENABLE_CAP, &cap));
	l->hva = (char *)(((u64)mem + BLOCK - 1) & ~(BLOCK - 1));
	l->slot = l->vm->nr_slots;
	vm_add_slot(l->vm, BASE, SIZE, l->hva, 0);
	return l;
}

static void set_flags(struct logged *l, u32 flags)
{
	ASSERT_OK(vm_set_slot(l->vm, l->slot, BASE, SIZE, l->hva, flags));
}

static int get_log(struct logged *l)
{
	struct kvm_dirty_log log = { .slot = l->slot, .dirty_bitmap = l->bits };

	return ioctl(l->vm->fd, KVM_GET_DIRTY_LOG, &log);
}

/* Number of dirty pages. */
static u64 read_log(struct logged *l)
{
	u64 i, n = 0;

	ASSERT_OK(get_log(l));
	for (i = 0; i < WORDS; i++)
		n += __builtin_popcountll(l->bits[i]);
	return n;
}

static int clear_log(struct logged *l, u64 first, u32 num, u64 *bits)
{
	struct kvm_clear_dirty_log log = {
		.slot = l->slot, .first_page = first, .num_pages = num,
		.dirty_bitmap = bits,
	};

	return ioctl(l->vm->fd, KVM_CLEAR_DIRTY_LOG, &log);
}

static bool is_dirty(const struct logged *l, u64 page)
{
	return l->bits[page / 64] >> (page % 64) & 1;
}

static void store_pages(struct logged *l, u64 first, u64 pages, u64 stride, u64 val)
{
	vcpu_eval(l->vcpu, guest_store_pages, BASE + first * PAGE, pages, stride, val);
}

static u64 check_pages(struct logged *l, u64 first, u64 pages, u64 stride, u64 val)
{
	return vcpu_eval(l->vcpu, guest_check_pages, BASE + first * PAGE, pages,
			 stride, val);
}

static void assert_only(struct logged *l, u64 first, u64 pages, u64 stride)
{
	u64 i;

	ASSERT_EQ(read_log(l), pages);
	for (i = 0; i < pages; i++)
		ASSERT(is_dirty(l, first + i * stride));
}

TEST(no_log)
{
	struct logged *l = logged_create(0);

	ASSERT_ERRNO(get_log(l), ENOENT);
	l->slot = 1000;
	ASSERT_ERRNO(get_log(l), ENOENT);
	l->slot = 32767;
	ASSERT_ERRNO(get_log(l), EINVAL);
	l->slot = 0x10000;
	ASSERT_ERRNO(get_log(l), EINVAL);
}

TEST(writes_are_logged_once)
{
	struct logged *l = logged_create(0);

	store_pages(l, 0, PAGES, 1, 1);
	set_flags(l, LOG);
	ASSERT_EQ(read_log(l), 0);
	store_pages(l, 3, 10, 7, 5);
	assert_only(l, 3, 10, 7);
	ASSERT_EQ(read_log(l), 0);
	ASSERT_EQ(check_pages(l, 3, 10, 7, 5), 0);
	ASSERT_EQ(read_log(l), 0);
	store_pages(l, 3, 10, 7, 6);
	store_pages(l, 3, 10, 7, 7);
	assert_only(l, 3, 10, 7);
	/* The rest is what it was. */
	ASSERT_EQ(check_pages(l, 512, 512, 1, 513), 0);
}

TEST(fresh_memory_is_logged)
{
	struct logged *l = logged_create(0);

	set_flags(l, LOG);
	ASSERT_EQ(check_pages(l, 0, PAGES, 1, 0), PAGES - 1);
	ASSERT_EQ(read_log(l), 0);
	store_pages(l, 100, 3, 1, 5);
	assert_only(l, 100, 3, 1);
}

TEST(bitmap_at_a_bad_address)
{
	struct logged *l = logged_create(0);
	struct kvm_dirty_log log = { .slot = l->slot, .dirty_bitmap = (void *)8 };

	set_flags(l, LOG);
	ASSERT_ERRNO(ioctl(l->vm->fd, KVM_GET_DIRTY_LOG, &log), EFAULT);
}

TEST(log_off_and_on)
{
	struct logged *l = logged_create(0);
	u64 i;

	for (i = 0; i < 4; i++) {
		store_pages(l, 0, PAGES, 1, i);
		set_flags(l, LOG);
		store_pages(l, i, 2, 512, 7);
		assert_only(l, i, 2, 512);
		set_flags(l, 0);
		ASSERT_ERRNO(get_log(l), ENOENT);
		ASSERT_EQ(check_pages(l, i + 1, 511 - i, 1, 2 * i + 1), 0);
	}
}

TEST(log_outlives_a_move)
{
	struct logged *l = logged_create(0);

	set_flags(l, LOG);
	store_pages(l, 5, 2, 1, 1);
	ASSERT_OK(vm_set_slot(l->vm, l->slot, BASE + 2 * SIZE, SIZE, l->hva, LOG));
	store_pages(l, 2 * PAGES + 9, 1, 1, 1);
	ASSERT_EQ(read_log(l), 3);
	ASSERT(is_dirty(l, 5) && is_dirty(l, 6) && is_dirty(l, 9));
}

TEST(manual_protect)
{
	struct logged *l = logged_create(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);
	u64 mask[WORDS] = { 0x6 };

	store_pages(l, 0, PAGES, 1, 1);
	set_flags(l, LOG);
	store_pages(l, 0, 4, 1, 2);
	assert_only(l, 0, 4, 1);
	assert_only(l, 0, 4, 1);
	ASSERT_OK(clear_log(l, 0, 64, mask));
	ASSERT_EQ(read_log(l), 2);
	ASSERT(is_dirty(l, 0) && is_dirty(l, 3));
	store_pages(l, 1, 1, 1, 3);
	ASSERT_EQ(read_log(l), 3);
	memset(mask, 0xff, sizeof(mask));
	ASSERT_OK(clear_log(l, 0, PAGES, mask));
	ASSERT_EQ(read_log(l), 0);
}

TEST(clear_refused)
{
	struct logged *l = logged_create(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);
	u64 mask[WORDS] = { };

	ASSERT_ERRNO(clear_log(l, 0, 64, mask), ENOENT);
	set_flags(l, LOG);
	store_pages(l, 0, 4, 1, 2);
	ASSERT_ERRNO(clear_log(l, 1, 64, mask), EINVAL);
	ASSERT_ERRNO(clear_log(l, 0, 63, mask), EINVAL);
	ASSERT_ERRNO(clear_log(l, 0, PAGES + 64, mask), EINVAL);
	ASSERT_ERRNO(clear_log(l, PAGES, 64, mask), EINVAL);
	ASSERT_ERRNO(clear_log(l, 1ULL << 63, 64, mask), EINVAL);
	ASSERT_ERRNO(clear_log(l, 0, 64, (void *)8), EFAULT);
	ASSERT_OK(clear_log(l, PAGES, 0, mask));
	ASSERT_OK(clear_log(l, 0, PAGES, mask));
	ASSERT_EQ(read_log(l), 4);
}

TEST(initially_all_set)
{
	struct logged *l = logged_create(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
					 KVM_DIRTY_LOG_INITIALLY_SET);
	u64 mask[WORDS];

	store_pages(l, 0, PAGES, 1, 1);
	set_flags(l, LOG);
	ASSERT_EQ(read_log(l), PAGES);
	memset(mask, 0xff, sizeof(mask));
	ASSERT_OK(clear_log(l, 64, 64, mask));
	ASSERT_EQ(read_log(l), PAGES - 64);
	store_pages(l, 70, 2, 1, 2);
	ASSERT_EQ(read_log(l), PAGES - 62);
	ASSERT(is_dirty(l, 70) && is_dirty(l, 71) && !is_dirty(l, 72));
	ASSERT_OK(clear_log(l, 0, PAGES, mask));
	ASSERT_EQ(read_log(l), 0);
	store_pages(l, 0, PAGES, 1, 3);
	ASSERT_EQ(read_log(l), PAGES);
	ASSERT_EQ(check_pages(l, 0, PAGES, 1, 3), 0);
}

static void *run_to_end(void *arg)
{
	return (void *)vcpu_run_to_end(arg);
}

static void copy_dirty(struct logged *l, char *copy)
{
	u64 page;

	for (page = 0; page < PAGES; page++)
		if (is_dirty(l, page))
			memcpy(copy + page * PAGE, l->hva + page * PAGE, PAGE);
}

/* What a migration does: who copies what the log says has it all in the end. */
struct protocol {
	const char *name;
	u64 manual;
};

static const struct protocol protocols[] = {
	{ "cleared by reading", 0 },
	{ "cleared by hand", KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE },
	{ "cleared by hand, all set at first",
	  KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET },
};

TEST_EACH_FLAGS(copy_of_a_running_guest, struct protocol, protocols, TEST_SLOW)
{
	struct logged *l = logged_create(row->manual);
	char *copy = calloc(1, SIZE);
	pthread_t thread;
	u64 rounds, seen;
	unsigned int i;

	vcpu_call(l->vcpu, guest_hammer, BASE, PAGES);
	thread = thread_start(run_to_end, l->vcpu);
	while (!READ_ONCE(*guest_var(l->vm, u64, hammer_rounds)))
		sched_yield();
	set_flags(l, LOG);
	memcpy(copy, l->hva, SIZE);
	for (i = 0; i < 100; i++) {
		seen = READ_ONCE(*guest_var(l->vm, u64, hammer_rounds));
		read_log(l);
		if (row->manual)
			ASSERT_OK(clear_log(l, 0, PAGES, l->bits));
		copy_dirty(l, copy);
		while (i % 10 == 0 &&
		       READ_ONCE(*guest_var(l->vm, u64, hammer_rounds)) == seen)
			sched_yield();
	}
	WRITE_ONCE(*guest_var(l->vm, u64, hammer_stop), 1);
	rounds = (u64)thread_join(thread);
	read_log(l);
	copy_dirty(l, copy);
	for (i = 0; i < PAGES; i++) {
		ASSERT_EQ(*(u64 *)(l->hva + i * PAGE), rounds);
		ASSERT_EQ(*(u64 *)(copy + i * PAGE), rounds);
	}
}

TEST_FLAGS(log_switched_under_a_running_guest, TEST_SLOW)
{
	struct logged *l = logged_create(0);
	pthread_t thread;
	u64 rounds;
	unsigned int i;

	vcpu_call(l->vcpu, guest_hammer, BASE, PAGES);
	thread = thread_start(run_to_end, l->vcpu);
	for (i = 0; i < 100; i++) {
		set_flags(l, LOG);
		ASSERT_OK(get_log(l));
		set_flags(l, 0);
	}
	WRITE_ONCE(*guest_var(l->vm, u64, hammer_stop), 1);
	rounds = (u64)thread_join(thread);
	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(*(u64 *)(l->hva + i * PAGE), rounds);
}
