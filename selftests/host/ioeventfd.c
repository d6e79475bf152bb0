// SPDX-License-Identifier: GPL-2.0
/* KVM_IOEVENTFD, and coalesced MMIO: stores that need no exit to user space. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "eventfds.h"
#include "vm.h"

#define ADDR	MMIO_BASE

static int ioeventfd(const struct vm *vm, int fd, u64 addr, u32 len, u32 flags, u64 data)
{
	struct kvm_ioeventfd args = {
		.fd = fd, .addr = addr, .len = len, .flags = flags, .datamatch = data,
	};

	return ioctl(vm->fd, KVM_IOEVENTFD, &args);
}

#define MATCH		KVM_IOEVENTFD_FLAG_DATAMATCH
#define PIO		KVM_IOEVENTFD_FLAG_PIO
#define CCW		KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY
#define DEASSIGN	KVM_IOEVENTFD_FLAG_DEASSIGN

TEST(capabilities)
{
	ASSERT_EQ(device_cap(KVM_CAP_IOEVENTFD), 1);
	ASSERT_EQ(device_cap(KVM_CAP_IOEVENTFD_ANY_LENGTH), 1);
	ASSERT_EQ(device_cap(KVM_CAP_COALESCED_MMIO), 1);
	ASSERT_EQ(device_cap(KVM_CAP_COALESCED_PIO), 1);
}

struct bad {
	const char *name;
	u64 addr;
	u32 len;
	u32 flags;
	int err;	/* 0: it is taken */
};

static const struct bad bad_args[] = {
	{ "length 3", ADDR, 3, 0, EINVAL },
	{ "length 5", ADDR, 5, 0, EINVAL },
	{ "length 7", ADDR, 7, 0, EINVAL },
	{ "length 16", ADDR, 16, 0, EINVAL },
	{ "length 2^31", ADDR, 1U << 31, 0, EINVAL },
	{ "address wraps", ~0ULL - 2, 4, 0, EINVAL },
	{ "address wraps to 0", ~0ULL - 3, 4, 0, EINVAL },
	{ "unknown flag", ADDR, 4, 1U << 5, EINVAL },
	{ "unknown flag 31", ADDR, 4, 1U << 31, EINVAL },
	{ "length 0 with a value", ADDR, 0, MATCH, EINVAL },
	{ "length 0", ADDR, 0, 0, 0 },
	{ "length 1", ADDR, 1, 0, 0 },
	{ "length 8 with a value", ADDR, 8, MATCH, 0 },
	{ "unaligned", ADDR + 1, 4, 0, 0 },
	{ "last bytes of all", ~0ULL - 8, 8, 0, 0 },
	{ "port I/O", ADDR, 4, PIO, 0 },
	{ "port I/O, length 0", ADDR, 0, PIO, 0 },
	{ "CCW", ADDR, 8, CCW, 0 },
};

TEST_EACH(arguments, struct bad, bad_args)
{
	struct vm *vm = vm_create();
	int fd = eventfd_new();

	if (!row->err)
		ASSERT_OK(ioeventfd(vm, fd, row->addr, row->len, row->flags, 0));
	else
		ASSERT_ERRNO(ioeventfd(vm, fd, row->addr, row->len, row->flags, 0),
			     row->err);
}

TEST(files)
{
	struct vm *vm = vm_create();
	int null = ASSERT_OK(open("/dev/null", O_RDWR));

	ASSERT_ERRNO(ioeventfd(vm, -1, ADDR, 4, 0, 0), EBADF);
	ASSERT_ERRNO(ioeventfd(vm, null, ADDR, 4, 0, 0), EINVAL);
	ASSERT_ERRNO(ioeventfd(vm, vm->fd, ADDR, 4, 0, 0), EINVAL);
	ASSERT_ERRNO(ioeventfd(vm, -1, ADDR, 4, DEASSIGN, 0), EBADF);
	ASSERT_ERRNO(ioeventfd(vm, null, ADDR, 4, DEASSIGN, 0), EINVAL);
}

struct one {
	u64 addr;
	u32 len;
	u32 flags;
	u64 data;
};

struct pair {
	const char *name;
	struct one a, b;
	bool collide;
};

static const struct pair pairs[] = {
	{ "the same", { ADDR, 4 }, { ADDR, 4 }, true },
	{ "another address", { ADDR, 4 }, { ADDR + 4, 4 }, false },
	{ "overlapping", { ADDR, 4 }, { ADDR + 2, 4 }, false },
	{ "another length", { ADDR, 4 }, { ADDR, 2 }, false },
	{ "any length after one", { ADDR, 4 }, { ADDR, 0 }, true },
	{ "one after any length", { ADDR, 0 }, { ADDR, 4 }, true },
	{ "a value after any length", { ADDR, 0 }, { ADDR, 4, MATCH, 1 }, true },
	{ "any length twice", { ADDR, 0 }, { ADDR, 0 }, true },
	{ "two values", { ADDR, 4, MATCH, 1 }, { ADDR, 4, MATCH, 2 }, false },
	{ "one value twice", { ADDR, 4, MATCH, 1 }, { ADDR, 4, MATCH, 1 }, true },
	{ "any value after one", { ADDR, 4, MATCH, 1 }, { ADDR, 4 }, true },
	{ "a value after any", { ADDR, 4 }, { ADDR, 4, MATCH, 1 }, true },
	{ "values of two lengths", { ADDR, 4, MATCH, 1 }, { ADDR, 2, MATCH, 1 }, false },
	{ "port I/O and memory", { ADDR, 4 }, { ADDR, 4, PIO }, false },
	{ "port I/O twice", { ADDR, 4, PIO }, { ADDR, 4, PIO }, true },
};

TEST_EACH(collisions, struct pair, pairs)
{
	struct vm *vm = vm_create();
	const struct one *a = &row->a, *b = &row->b;

	ASSERT_OK(ioeventfd(vm, eventfd_new(), a->addr, a->len, a->flags, a->data));
	if (row->collide)
		ASSERT_ERRNO(ioeventfd(vm, eventfd_new(), b->addr, b->len, b->flags,
				       b->data), EEXIST);
	else
		ASSERT_OK(ioeventfd(vm, eventfd_new(), b->addr, b->len, b->flags,
				    b->data));
}

struct other {
	const char *name;
	struct one one;
	bool found;
};

/* There is one for 4 bytes at ADDR of value 5. */
static const struct other others[] = {
	{ "that one", { ADDR, 4, MATCH, 5 }, true },
	{ "another address", { ADDR + 4, 4, MATCH, 5 }, false },
	{ "another length", { ADDR, 8, MATCH, 5 }, false },
	{ "another value", { ADDR, 4, MATCH, 6 }, false },
	{ "any value", { ADDR, 4, 0, 5 }, false },
	{ "any length", { ADDR, 0, 0, 0 }, false },
	{ "port I/O", { ADDR, 4, MATCH | PIO, 5 }, false },
	{ "unknown flags are not looked at", { ADDR, 4, MATCH | 1U << 31, 5 }, true },
};

TEST_EACH(deassign, struct other, others)
{
	struct vm *vm = vm_create();
	const struct one *one = &row->one;
	int fd = eventfd_new();

	ASSERT_OK(ioeventfd(vm, fd, ADDR, 4, MATCH, 5));
	ASSERT_ERRNO(ioeventfd(vm, eventfd_new(), ADDR, 4, MATCH | DEASSIGN, 5), ENOENT);
	if (row->found)
		ASSERT_OK(ioeventfd(vm, fd, one->addr, one->len, one->flags | DEASSIGN,
				    one->data));
	else
		ASSERT_ERRNO(ioeventfd(vm, fd, one->addr, one->len,
				       one->flags | DEASSIGN, one->data), ENOENT);
	if (row->found)
		ASSERT_ERRNO(ioeventfd(vm, fd, ADDR, 4, MATCH | DEASSIGN, 5), ENOENT);
}

/* A store by the guest: true if user space saw it. */
static bool store_exits(struct vcpu *vcpu, u64 addr, u32 len, u64 val)
{
	struct report report;
	bool exits = false;

	vcpu_call(vcpu, bus_store, addr, len, val);
	ASSERT_OK(vcpu_run(vcpu));
	if (!vcpu_at_report(vcpu)) {
		ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_MMIO);
		ASSERT_EQ(vcpu->run->mmio.phys_addr, addr);
		ASSERT_EQ(vcpu->run->mmio.len, len);
		exits = true;
		ASSERT_OK(vcpu_run(vcpu));
	}
	memcpy(&report, gpa_to_hva(vcpu->vm, *(u64 *)vcpu->run->mmio.data),
	       sizeof(report));
	ASSERT_EQ(report.kind, REPORT_DONE);
	return exits;
}

struct hit {
	const char *name;
	struct one one;
	u64 addr;
	u32 len;
	u64 val;
	bool hit;
};

static const struct hit hits[] = {
	{ "1 byte", { ADDR, 1 }, ADDR, 1, 7, true },
	{ "2 bytes", { ADDR, 2 }, ADDR, 2, 7, true },
	{ "4 bytes", { ADDR, 4 }, ADDR, 4, 7, true },
	{ "8 bytes", { ADDR, 8 }, ADDR, 8, 7, true },
	{ "fewer bytes", { ADDR, 4 }, ADDR, 2, 7, false },
	{ "more bytes", { ADDR, 4 }, ADDR, 8, 7, false },
	{ "within", { ADDR, 8 }, ADDR + 4, 4, 7, false },
	{ "behind", { ADDR, 4 }, ADDR + 4, 4, 7, false },
	{ "before", { ADDR + 4, 4 }, ADDR, 8, 7, false },
	{ "any length: 1", { ADDR, 0 }, ADDR, 1, 7, true },
	{ "any length: 8", { ADDR, 0 }, ADDR, 8, 7, true },
	{ "any length, behind", { ADDR, 0 }, ADDR + 1, 1, 7, false },
	{ "value", { ADDR, 4, MATCH, 7 }, ADDR, 4, 7, true },
	{ "another value", { ADDR, 4, MATCH, 7 }, ADDR, 4, 8, false },
	{ "value of 8 bytes", { ADDR, 8, MATCH, 1ULL << 63 }, ADDR, 8, 1ULL << 63, true },
	{ "value of 8 bytes, upper half", { ADDR, 8, MATCH, 7 }, ADDR, 8,
	  1ULL << 32 | 7, false },
	{ "value of 1 byte is too large", { ADDR, 1, MATCH, 0x107 }, ADDR, 1, 7, false },
	{ "port I/O", { ADDR, 4, PIO }, ADDR, 4, 7, false },
};

TEST_EACH(stores, struct hit, hits)
{
	struct vm *vm = vm_create_guest(1);
	const struct one *one = &row->one;
	int fd = eventfd_new();

	ASSERT_OK(ioeventfd(vm, fd, one->addr, one->len, one->flags, one->data));
	ASSERT_EQ(store_exits(&vm->vcpus[0], row->addr, row->len, row->val), !row->hit);
	ASSERT_EQ(eventfd_take(fd), row->hit);

	ASSERT_OK(ioeventfd(vm, fd, one->addr, one->len, one->flags | DEASSIGN,
			    one->data));
	ASSERT(store_exits(&vm->vcpus[0], row->addr, row->len, row->val));
	ASSERT_EQ(eventfd_take(fd), 0);
}

/* By value, each to its own eventfd; by none, to user space. */
TEST(many_values)
{
	struct vm *vm = vm_create_guest(1);
	int fds[16];
	u64 i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = eventfd_new();
		ASSERT_OK(ioeventfd(vm, fds[i], ADDR, 4, MATCH, i));
	}
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		ASSERT(!store_exits(&vm->vcpus[0], ADDR, 4, i));
		ASSERT_EQ(eventfd_take(fds[i]), 1);
	}
	ASSERT(store_exits(&vm->vcpus[0], ADDR, 4, i));
}

/* A queue of a device has one, and a large machine has many queues. */
TEST_FLAGS(many_addresses, TEST_SLOW)
{
	struct vm *vm = vm_create_guest(1);
	const u64 n = 1050;
	int fd = eventfd_new();
	u64 i;

	for (i = 0; i < n; i++)
		ASSERT_OK(ioeventfd(vm, fd, ADDR + 4 * i, 4, 0, 0));
	ASSERT(!store_exits(&vm->vcpus[0], ADDR, 4, 0));
	ASSERT(!store_exits(&vm->vcpus[0], ADDR + 4 * (n - 1), 4, 0));
	ASSERT_EQ(eventfd_take(fd), 2);
	ASSERT(store_exits(&vm->vcpus[0], ADDR + 4 * n, 4, 0));
	ASSERT_OK(ioeventfd(vm, fd, ADDR, 4, DEASSIGN, 0));
	ASSERT(store_exits(&vm->vcpus[0], ADDR, 4, 0));
}

#define MEMORY	0x100000000ULL

struct covered {
	const char *name;
	bool memory_first;
	u32 flags;
};

static const struct covered covered[] = {
	{ "memory, then the ioeventfd", true, 0 },
	{ "the ioeventfd, then memory", false, 0 },
	{ "memory that is only read", true, KVM_MEM_READONLY },
};

/* Memory has an address before a device does, from the first store on. */
TEST_EACH(over_memory, struct covered, covered)
{
	struct vm *vm = vm_create_guest(1);
	u64 *mem = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const bool writable = !(row->flags & KVM_MEM_READONLY);
	int fd = eventfd_new();

	ASSERT(mem != MAP_FAILED);
	if (row->memory_first)
		vm_add_slot(vm, MEMORY, SZ_64K, mem, row->flags);
	ASSERT_OK(ioeventfd(vm, fd, MEMORY + 8, 8, 0, 0));
	if (!row->memory_first)
		vm_add_slot(vm, MEMORY, SZ_64K, mem, row->flags);

	ASSERT(!store_exits(&vm->vcpus[0], MEMORY + 8, 8, 7));
	ASSERT_EQ(eventfd_take(fd), !writable);
	ASSERT_EQ(mem[1], writable ? 7 : 0);
	/* What is no memory goes on being served. */
	ASSERT_OK(ioeventfd(vm, fd, ADDR, 4, 0, 0));
	ASSERT(!store_exits(&vm->vcpus[0], ADDR, 4, 1));
	ASSERT_EQ(eventfd_take(fd), 1);
	/* When the memory has gone, so is what is behind it. */
	ASSERT_OK(vm_set_slot(vm, vm->nr_slots - 1, MEMORY, 0, mem, 0));
	ASSERT(!store_exits(&vm->vcpus[0], MEMORY + 8, 8, 8));
	ASSERT_EQ(eventfd_take(fd), 1);
}

/* Loads are none of its business. */
TEST(load)
{
	struct vm *vm = vm_create_guest(1);
	int fd = eventfd_new();

	ASSERT_OK(ioeventfd(vm, fd, ADDR, 4, 0, 0));
	vcpu_call(&vm->vcpus[0], bus_load32, ADDR);
	vcpu_run_to_mmio(&vm->vcpus[0]);
	ASSERT_EQ(eventfd_take(fd), 0);
}

/* The VM keeps the eventfd, whose file is closed. */
TEST(closed_file)
{
	struct vm *vm = vm_create_guest(1);
	int fd = eventfd_new();
	int copy = ASSERT_OK(dup(fd));

	ASSERT_OK(ioeventfd(vm, fd, ADDR, 4, 0, 0));
	close(fd);
	ASSERT(!store_exits(&vm->vcpus[0], ADDR, 4, 0));
	ASSERT_EQ(eventfd_take(copy), 1);
	close(copy);
	ASSERT(!store_exits(&vm->vcpus[0], ADDR, 4, 0));
}

static void *assign_and_deassign(void *arg)
{
	struct vm *vm = arg;
	int fd = eventfd_new();
	const u64 end = now_ns() + 1000000000;
	u64 addr;

	while (now_ns() < end) {
		addr = ADDR + 8 * (random() % 512);
		if (ioeventfd(vm, fd, addr, 8, 0, 0))
			ASSERT_EQ(errno, EEXIST);
		else
			ASSERT_OK(ioeventfd(vm, fd, addr, 8, DEASSIGN, 0));
	}
	return NULL;
}

/* Stores while ioeventfds come and go: each goes to one of the two sides. */
TEST_FLAGS(assign_while_running, TEST_SLOW)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	pthread_t thread = thread_start(assign_and_deassign, vm);
	const u64 end = now_ns() + 1000000000;

	while (now_ns() < end) {
		vcpu_call(vcpu, guest_store_many, ADDR, 1000);
		do {
			ASSERT_OK(vcpu_run(vcpu));
			ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_MMIO);
		} while (!vcpu_at_report(vcpu));
	}
	thread_join(thread);
}

/* Coalesced MMIO */

static int zone(const struct vm *vm, unsigned long call, u64 addr, u32 size, u32 pio)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = addr, .size = size, .pio = pio };

	return ioctl(vm->fd, call, &zone);
}

#define REGISTER	KVM_REGISTER_COALESCED_MMIO
#define UNREGISTER	KVM_UNREGISTER_COALESCED_MMIO

static struct kvm_coalesced_mmio_ring *ring_of(const struct vcpu *vcpu)
{
	return (void *)((char *)vcpu->run + getpagesize());
}

static u32 ring_size(void)
{
	return (getpagesize() - sizeof(struct kvm_coalesced_mmio_ring)) /
	       sizeof(struct kvm_coalesced_mmio);
}

TEST(zone_arguments)
{
	struct vm *vm = vm_create();

	ASSERT_ERRNO(zone(vm, REGISTER, ADDR, 16, 2), EINVAL);
	ASSERT_ERRNO(zone(vm, UNREGISTER, ADDR, 16, 2), EINVAL);
	ASSERT_OK(zone(vm, UNREGISTER, ADDR, 16, 0));
	ASSERT_OK(zone(vm, REGISTER, ADDR, 16, 1));
	ASSERT_OK(zone(vm, REGISTER, ADDR, 16, 0));
	ASSERT_OK(zone(vm, REGISTER, ADDR, 16, 0));
	ASSERT_OK(zone(vm, REGISTER, ADDR, 0, 0));
	ASSERT_OK(zone(vm, REGISTER, ADDR, ~0U, 0));
	ASSERT_OK(zone(vm, UNREGISTER, ADDR, 16, 1));
	ASSERT_OK(zone(vm, UNREGISTER, ADDR, ~0U, 0));
}

TEST(zone_limit)
{
	struct vm *vm = vm_create();
	u32 i;

	for (i = 0; i < 2000; i++)
		if (zone(vm, REGISTER, ADDR + 16 * i, 16, 0))
			break;
	ASSERT_EQ(errno, ENOSPC);
	ASSERT_LE(i, 1000);
	ASSERT_OK(zone(vm, UNREGISTER, ADDR, 16, 0));
	ASSERT_OK(zone(vm, REGISTER, ADDR, 16, 0));
}

TEST(zone_takes_stores)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_coalesced_mmio_ring *ring = ring_of(vcpu);
	const struct kvm_coalesced_mmio *entry = ring->coalesced_mmio;
	u64 i;

	ASSERT_OK(zone(vm, REGISTER, ADDR, 0x40, 0));
	for (i = 0; i < 8; i++)
		ASSERT(!store_exits(vcpu, ADDR + 8 * i, 8, i | 0x8877665544332200));
	ASSERT_EQ(ring->first, 0);
	ASSERT_EQ(ring->last, 8);
	for (i = 0; i < 8; i++, entry++) {
		ASSERT_EQ(entry->phys_addr, ADDR + 8 * i);
		ASSERT_EQ(entry->len, 8);
		ASSERT_EQ(entry->pio, 0);
		ASSERT_EQ(*(u64 *)entry->data, i | 0x8877665544332200);
	}

	/* Not wholly inside. */
	ASSERT(store_exits(vcpu, ADDR + 0x40, 4, 0));
	ASSERT(store_exits(vcpu, ADDR - 8, 8, 0));
	/* Unregistered by a part of it. */
	ASSERT_OK(zone(vm, UNREGISTER, ADDR - 4, 8, 0));
	ASSERT(!store_exits(vcpu, ADDR, 1, 0));
	ASSERT_OK(zone(vm, UNREGISTER, ADDR + 4, 8, 0));
	ASSERT(store_exits(vcpu, ADDR, 1, 0));
	ASSERT_EQ(ring->last, 9);
}

TEST(ring_is_shared)
{
	struct vm *vm = vm_create_guest(2);

	ASSERT_OK(zone(vm, REGISTER, ADDR, 0x40, 0));
	ASSERT(!store_exits(&vm->vcpus[1], ADDR, 8, 0));
	ASSERT_EQ(ring_of(&vm->vcpus[0])->last, 1);
}

TEST(ring_full)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_coalesced_mmio_ring *ring = ring_of(vcpu);

	if (kvm_before(6, 12))
		SKIP("KVM took it for full at the half");
	ASSERT_OK(zone(vm, REGISTER, ADDR, 0x1000, 0));
	vcpu_call(vcpu, guest_store_many, ADDR, 10000);
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(ring->last, ring_size() - 1);
	ring->first = 10;
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(ring->last, 9);
}

struct corrupt {
	const char *name;
	u32 first, last;
	bool exits;
};

static const struct corrupt corruptions[] = {
	{ "last is 2^31", 0, 1U << 31, true },
	{ "last is all ones", 0, ~0U, true },
	{ "last is 4096", 0, 4096, true },
	{ "first is all ones", ~0U, 5, false },
};

TEST_EACH(ring_corrupt, struct corrupt, corruptions)
{
	struct vm *vm = vm_create_guest(1);
	struct kvm_coalesced_mmio_ring *ring = ring_of(&vm->vcpus[0]);

	ASSERT_OK(zone(vm, REGISTER, ADDR, 0x1000, 0));
	ring->first = row->first;
	ring->last = row->last;
	ASSERT_EQ(store_exits(&vm->vcpus[0], ADDR, 8, 0), row->exits);
	if (row->exits)
		ASSERT_EQ(ring->last, row->last);
}
