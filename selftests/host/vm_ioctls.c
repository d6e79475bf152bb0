// SPDX-License-Identifier: GPL-2.0
/* A VM's ioctls: memory slots, vCPUs, capabilities, devices. Good and bad input. */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "vm.h"

#define KVM_MEM_MAX_NR_PAGES	((1UL << 31) - 1)

static void *anon(u64 size)
{
	void *hva = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ASSERT(hva != MAP_FAILED);
	return hva;
}

/* One KVM_SET_USER_MEMORY_REGION on a VM that has slot 0 at 1 GiB, 1 MiB of it. */
struct region {
	const char *name;
	u32 slot;
	u32 flags;
	u64 gpa;
	u64 size;
	u64 hva_offset;		/* from the memory behind slot 0 */
	int err;
};

#define RAM	GUEST_RAM_BASE

static const struct region regions[] = {
	{ "another slot above", 1, 0, RAM + SZ_1M, SZ_1M, 0, 0 },
	{ "another slot below", 1, 0, RAM - SZ_1M, SZ_1M, 0, 0 },
	{ "one page", 1, 0, RAM + SZ_1M, SZ_4K, 0, 0 },
	{ "at guest address 0", 1, 0, 0, SZ_4K, 0, 0 },
	{ "read-only", 1, KVM_MEM_READONLY, RAM + SZ_1M, SZ_4K, 0, 0 },
	{ "the last slot", 32766, 0, RAM + SZ_1M, SZ_4K, 0, 0 },
	{ "slot number one too large", 32767, 0, RAM + SZ_1M, SZ_4K, 0, EINVAL },
	{ "slot number far too large", 0xffff, 0, RAM + SZ_1M, SZ_4K, 0, EINVAL },
	{ "another address space", 0x10000, 0, RAM + SZ_1M, SZ_4K, 0, EINVAL },
	{ "unaligned size", 1, 0, RAM + SZ_1M, SZ_4K + 1, 0, EINVAL },
	{ "half a page", 1, 0, RAM + SZ_1M, SZ_4K / 2, 0, EINVAL },
	{ "unaligned guest address", 1, 0, RAM + SZ_1M + 8, SZ_4K, 0, EINVAL },
	{ "unaligned user address", 1, 0, RAM + SZ_1M, SZ_4K, 8, EINVAL },
	{ "user address of the kernel", 1, 0, RAM + SZ_1M, SZ_4K, BIT(63), EINVAL },
	{ "tagged user address", 1, 0, RAM + SZ_1M, SZ_4K, BIT(56), EINVAL },
	{ "unknown flag", 1, BIT(5), RAM + SZ_1M, SZ_4K, 0, EINVAL },
	{ "the highest flag", 1, BIT(31), RAM + SZ_1M, SZ_4K, 0, EINVAL },
	{ "wrap round", 1, 0, -SZ_4K, 2 * SZ_4K, 0, EINVAL },
	{ "size of everything", 1, 0, RAM + SZ_1M, -SZ_4K, 0, EINVAL },
	{ "more pages than a slot holds", 1, 0, RAM + SZ_1M,
	  (KVM_MEM_MAX_NR_PAGES + 1) * SZ_4K, 0, EINVAL },
	{ "beyond the guest's addresses", 1, 0, BIT(40), SZ_4K, 0, EFAULT },
	{ "across the end of the guest's addresses", 1, 0, BIT(40) - SZ_4K,
	  2 * SZ_4K, 0, EFAULT },
	{ "the last page of the guest's addresses", 1, 0, BIT(40) - SZ_4K, SZ_4K, 0, 0 },
	{ "the same range as another slot", 1, 0, RAM, SZ_1M, 0, EEXIST },
	{ "inside another slot", 1, 0, RAM + SZ_4K, SZ_4K, 0, EEXIST },
	{ "around another slot", 1, 0, RAM - SZ_1M, 4 * SZ_1M, 0, EEXIST },
	{ "overlap by one page at the start", 1, 0, RAM - SZ_1M, SZ_1M + SZ_4K, 0, EEXIST },
	{ "overlap by one page at the end", 1, 0, RAM + SZ_1M - SZ_4K, SZ_1M, 0, EEXIST },
	{ "an existing slot again, nothing new", 0, 0, RAM, SZ_1M, 0, 0 },
	{ "an existing slot, larger", 0, 0, RAM, 2 * SZ_1M, 0, EINVAL },
	{ "an existing slot, smaller", 0, 0, RAM, SZ_4K, 0, EINVAL },
	{ "an existing slot, other user address", 0, 0, RAM, SZ_1M, SZ_4K, EINVAL },
	{ "an existing slot, now read-only", 0, KVM_MEM_READONLY, RAM, SZ_1M, 0, EINVAL },
	{ "an existing slot, moved", 0, 0, RAM + 2 * SZ_1M, SZ_1M, 0, 0 },
	{ "an existing slot, moved over itself", 0, 0, RAM + SZ_4K, SZ_1M, 0, 0 },
	{ "an existing slot, moved too far", 0, 0, BIT(40), SZ_1M, 0, EFAULT },
	{ "an existing slot, deleted", 0, 0, 0, 0, 0, 0 },
	{ "deletion of a slot that is not there", 1, 0, 0, 0, 0, EINVAL },
};

TEST_EACH(set_user_memory_region, struct region, regions)
{
	struct vm *vm = vm_create();
	char *hva = vm_add_ram(vm, RAM, SZ_1M);
	const int ret = vm_set_slot(vm, row->slot, row->gpa, row->size,
				    hva + row->hva_offset, row->flags);

	if (!row->err) {
		ASSERT_OK(ret);
		return;
	}
	ASSERT_ERRNO(ret, row->err);
	/* A refusal changes nothing: slot 0 is there as it was. */
	ASSERT_ERRNO(vm_set_slot(vm, 2, RAM, SZ_1M, hva, 0), EEXIST);
	ASSERT_OK(vm_set_slot(vm, 0, RAM, SZ_1M, hva, 0));
}

TEST(set_user_memory_region_bad_pointer)
{
	struct vm *vm = vm_create();

	ASSERT_ERRNO(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, NULL), EFAULT);
	ASSERT_ERRNO(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, -8UL), EFAULT);
}

TEST(move_onto_another_slot)
{
	struct vm *vm = vm_create();
	char *hva = anon(SZ_1M);

	ASSERT_OK(vm_set_slot(vm, 0, RAM, SZ_4K, hva, 0));
	ASSERT_OK(vm_set_slot(vm, 1, RAM + SZ_4K, SZ_4K, hva, 0));
	ASSERT_ERRNO(vm_set_slot(vm, 0, RAM + SZ_4K, SZ_4K, hva, 0), EEXIST);
	ASSERT_OK(vm_set_slot(vm, 0, RAM + 2 * SZ_4K, SZ_4K, hva, 0));
	ASSERT_OK(vm_set_slot(vm, 1, RAM, SZ_4K, hva, 0));
}

TEST(slot_deleted_and_made_again)
{
	struct vm *vm = vm_create();
	char *hva = anon(SZ_1M);
	unsigned int i;

	for (i = 0; i < 20; i++) {
		ASSERT_OK(vm_set_slot(vm, 3, RAM + i * SZ_4K, SZ_1M, hva, 0));
		ASSERT_OK(vm_set_slot(vm, 3, 0, 0, NULL, 0));
		ASSERT_ERRNO(vm_set_slot(vm, 3, 0, 0, NULL, 0), EINVAL);
	}
}

TEST(many_slots)
{
	struct vm *vm = vm_create();
	char *hva = anon(SZ_4K);
	unsigned int i;

	for (i = 0; i < 512; i++)
		ASSERT_OK(vm_set_slot(vm, i, i * 2 * SZ_4K, SZ_4K, hva, 0));
	for (i = 0; i < 511; i++)
		ASSERT_ERRNO(vm_set_slot(vm, 600, i * 2 * SZ_4K, 2 * SZ_4K, hva, 0),
			     EEXIST);
	for (i = 0; i < 512; i++)
		ASSERT_OK(vm_set_slot(vm, i, 0, 0, NULL, 0));
}

TEST(slot_without_any_mapping_behind)
{
	struct vm *vm = vm_create();
	char *hva = anon(SZ_4K);

	ASSERT_OK(munmap(hva, SZ_4K));
	ASSERT_OK(vm_set_slot(vm, 0, RAM, SZ_4K, hva, 0));
}

TEST(slot_within_a_small_ipa_space)
{
	struct vm *vm = vm_create_type(options.device, 32);
	char *hva = anon(SZ_1M);

	ASSERT_OK(vm_set_slot(vm, 0, BIT(32) - SZ_1M, SZ_1M, hva, 0));
	ASSERT_ERRNO(vm_set_slot(vm, 1, BIT(32), SZ_4K, hva, 0), EFAULT);
}

TEST(create_vcpu)
{
	struct vm *vm = vm_create();

	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, 0));
	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, 7));
	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, 1));
}

TEST(create_vcpu_twice)
{
	struct vm *vm = vm_create();

	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, 0));
	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, 0), EEXIST);
	/* Its closing does not free the number: the VM keeps the vCPU. */
	close(ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, 1)));
	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, 1), EEXIST);
}

TEST(create_vcpu_id_too_large)
{
	struct vm *vm = vm_create();
	const long max = device_cap(KVM_CAP_MAX_VCPU_ID);

	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, max), EINVAL);
	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, 0x7fffffffL), EINVAL);
	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, -1L), EINVAL);
}

TEST(create_the_last_vcpu_id)
{
	struct vm *vm = vm_create();

	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU,
			(long)device_cap(KVM_CAP_MAX_VCPUS) - 1));
}

TEST(create_many_vcpus)
{
	struct vm *vm = vm_create();
	long i, n = device_cap(KVM_CAP_MAX_VCPUS);

	if (n > 32)
		n = 32;
	for (i = 0; i < n; i++)
		ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, i));
}

TEST(preferred_target)
{
	struct vm *vm = vm_create();
	struct kvm_vcpu_init init;
	unsigned int i;

	memset(&init, 0xff, sizeof(init));
	ASSERT_OK(ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init));
	ASSERT_EQ(init.target, KVM_ARM_TARGET_GENERIC_V8);
	for (i = 0; i < ARRAY_SIZE(init.features); i++)
		ASSERT_EQ(init.features[i], 0);
}

TEST(preferred_target_bad_pointer)
{
	struct vm *vm = vm_create();

	ASSERT_ERRNO(ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, NULL), EFAULT);
}

TEST(enable_cap_nisv_to_user)
{
	struct vm *vm = vm_create();
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	ASSERT_OK(ioctl(vm->fd, KVM_ENABLE_CAP, &cap));
	ASSERT_OK(ioctl(vm->fd, KVM_ENABLE_CAP, &cap));
}

TEST(enable_cap_with_flags)
{
	struct vm *vm = vm_create();
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_ARM_NISV_TO_USER, .flags = 1,
	};

	ASSERT_ERRNO(ioctl(vm->fd, KVM_ENABLE_CAP, &cap), EINVAL);
}

struct bad_cap {
	const char *name;
	u32 cap;
};

static const struct bad_cap bad_caps[] = {
	{ "unknown", 1000000 },
	{ "all bits", 0xffffffff },
	{ "one that is only reported", KVM_CAP_USER_MEMORY },
	{ "one of vCPUs on x86", KVM_CAP_HYPERV_SYNIC },
};

TEST_EACH(enable_cap_refused, struct bad_cap, bad_caps)
{
	struct vm *vm = vm_create();
	struct kvm_enable_cap cap = { .cap = row->cap };

	ASSERT_ERRNO(ioctl(vm->fd, KVM_ENABLE_CAP, &cap), EINVAL);
}

struct bad_device {
	const char *name;
	u32 type;
	u32 flags;
};

static const struct bad_device bad_devices[] = {
	{ "unknown type", 1000, 0 },
	{ "type of all bits", 0xffffffff, 0 },
	{ "x86's or PowerPC's type", KVM_DEV_TYPE_FSL_MPIC_20, 0 },
	{ "unknown type, test only", 1000, KVM_CREATE_DEVICE_TEST },
};

TEST_EACH(create_device_refused, struct bad_device, bad_devices)
{
	struct vm *vm = vm_create();
	struct kvm_create_device device = {
		.type = row->type, .flags = row->flags,
	};

	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_DEVICE, &device), ENODEV);
}

TEST(unknown_ioctl)
{
	struct vm *vm = vm_create();

	ASSERT_ERRNO(ioctl(vm->fd, _IO(KVMIO, 0xfe), 0), EINVAL);
	ASSERT_ERRNO(ioctl(vm->fd, _IO('#', 0x01), 0), EINVAL);
}

TEST(vcpu_ioctl_on_the_vm)
{
	struct vm *vm = vm_create();

	ASSERT_ERRNO(ioctl(vm->fd, KVM_RUN, 0), EINVAL);
}

TEST(device_ioctl_on_the_vm)
{
	struct vm *vm = vm_create();

	ASSERT_ERRNO(ioctl(vm->fd, KVM_GET_API_VERSION, 0), EINVAL);
	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VM, 0UL), EINVAL);
}

/* All that a vCPU refers to stays for as long as it does. */
TEST(vcpu_outlives_the_vm_fd)
{
	struct vm *vm = vm_create_guest(1);

	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 1, 2), 3);
	close(vm->fd);
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 3, 4), 7);
}

/* A VM belongs to the address space that made it: another process gets EIO. */
TEST(vm_from_another_process)
{
	struct vm *vm = vm_create_guest(1);
	int status;
	pid_t pid;

	pid = ASSERT_OK(fork());
	if (!pid) {
		struct vcpu *vcpu = &vm->vcpus[0];
		u64 value;

		ASSERT_ERRNO(vm_set_slot(vm, 1, 0, SZ_4K, anon(SZ_4K), 0), EIO);
		ASSERT_ERRNO(ioctl(vcpu->fd, KVM_RUN, 0), EIO);
		ASSERT_ERRNO(vcpu_get_raw(vcpu, CORE_REG_PC, &value), EIO);
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
}
