// SPDX-License-Identifier: GPL-2.0
/* The device itself: KVM's system ioctls and its capabilities. */
#define _GNU_SOURCE
#include <unistd.h>

#include "vm.h"

TEST(get_api_version_is_12)
{
	ASSERT_EQ(ioctl(device_open(), KVM_GET_API_VERSION, 0), 12);
}

TEST(get_api_version_refuses_an_argument)
{
	ASSERT_ERRNO(ioctl(device_open(), KVM_GET_API_VERSION, 1), EINVAL);
}

TEST(vcpu_mmap_size_holds_a_run_page)
{
	const long size = ASSERT_OK(ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0));

	ASSERT_GE(size, sizeof(struct kvm_run));
	ASSERT_EQ(size % getpagesize(), 0);
}

TEST(vcpu_mmap_size_refuses_an_argument)
{
	ASSERT_ERRNO(ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 1), EINVAL);
}

TEST(unknown_ioctl_of_kvms_magic)
{
	ASSERT_ERRNO(ioctl(device_open(), _IO(KVMIO, 0xfe), 0), EINVAL);
}

TEST(unknown_ioctl_of_another_magic)
{
	ASSERT_ERRNO(ioctl(device_open(), _IO('#', 0x01), 0), EINVAL);
}

TEST(vm_ioctl_on_the_device)
{
	ASSERT_ERRNO(ioctl(device_open(), KVM_CREATE_VCPU, 0), EINVAL);
}

TEST(vcpu_ioctl_on_the_device)
{
	ASSERT_ERRNO(ioctl(device_open(), KVM_RUN, 0), EINVAL);
}

struct vm_type {
	const char *name;
	u64 type;
	bool ok;
};

static const struct vm_type vm_types[] = {
	{ "0, the default of 40 bits", 0, true },
	{ "32 bits, the least", 32, true },
	{ "40 bits", 40, true },
	{ "31 bits", 31, false },
	{ "1 bit", 1, false },
	{ "64 bits", 64, false },
	{ "255 bits", 255, false },
	{ "a bit above the size", 40 | BIT(8), false },
	{ "bit 30", BIT(30), false },
	{ "the sign bit", BIT(63), false },
};

TEST_EACH(create_vm_type, struct vm_type, vm_types)
{
	int fd = ioctl(device_open(), KVM_CREATE_VM, row->type);

	if (row->ok)
		ASSERT_OK(fd);
	else
		ASSERT_ERRNO(fd, EINVAL);
}

TEST(create_vm_up_to_the_ipa_limit)
{
	const int limit = device_cap(KVM_CAP_ARM_VM_IPA_SIZE);
	int bits;

	ASSERT_GE(limit, 32);
	ASSERT_LE(limit, 52);
	for (bits = 32; bits <= limit; bits++)
		close(ASSERT_OK(ioctl(device_open(), KVM_CREATE_VM, (u64)bits)));
	ASSERT_ERRNO(ioctl(device_open(), KVM_CREATE_VM, (u64)limit + 1), EINVAL);
}

TEST(many_vms)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		ASSERT_OK(ioctl(device_open(), KVM_CREATE_VM, 0UL));
}

TEST(vm_outlives_the_device_fd)
{
	const int fd = device_open();
	const int vm_fd = ASSERT_OK(ioctl(fd, KVM_CREATE_VM, 0UL));

	close(fd);
	ASSERT_OK(ioctl(vm_fd, KVM_CREATE_VCPU, 0));
}

/* What a VMM may rely on everywhere: QEMU, kvmtool and crosvm stop without these. */
struct cap {
	const char *name;
	unsigned int cap;
	int min, max;
};

#define CAP(cap, min, max)	{ #cap, cap, min, max }

static const struct cap caps[] = {
	CAP(KVM_CAP_USER_MEMORY, 1, 1),
	CAP(KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1, 1),
	CAP(KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1, 1),
	CAP(KVM_CAP_INTERNAL_ERROR_DATA, 1, 1),
	CAP(KVM_CAP_NR_VCPUS, 1, 512),
	CAP(KVM_CAP_MAX_VCPUS, 8, 1 << 16),
	CAP(KVM_CAP_MAX_VCPU_ID, 8, 1 << 16),
	CAP(KVM_CAP_NR_MEMSLOTS, 32, 32767),
	CAP(KVM_CAP_READONLY_MEM, 1, 1),
	CAP(KVM_CAP_ONE_REG, 1, 1),
	CAP(KVM_CAP_MP_STATE, 1, 1),
	CAP(KVM_CAP_VCPU_EVENTS, 1, 1),
	CAP(KVM_CAP_ARM_PSCI, 1, 1),
	CAP(KVM_CAP_ARM_PSCI_0_2, 1, 1),
	CAP(KVM_CAP_IMMEDIATE_EXIT, 1, 1),
	CAP(KVM_CAP_CHECK_EXTENSION_VM, 1, 1),
	CAP(KVM_CAP_ENABLE_CAP_VM, 1, 1),
	CAP(KVM_CAP_ARM_NISV_TO_USER, 1, 1),
	CAP(KVM_CAP_ARM_INJECT_EXT_DABT, 1, 1),
	CAP(KVM_CAP_ARM_VM_IPA_SIZE, 32, 52),
	CAP(KVM_CAP_DEVICE_CTRL, 1, 1),
	CAP(KVM_CAP_ARM_INJECT_SERROR_ESR, 0, 1),
	CAP(KVM_CAP_ARM_EL1_32BIT, 0, 1),
};

TEST_EACH(capability, struct cap, caps)
{
	const int value = device_cap(row->cap);

	if (value < row->min || value > row->max)
		FAIL("%s is %d, not in %d to %d", row->name, value, row->min,
		     row->max);
}

/* Guest memory follows the process's: only a kernel without KVM may lack what it needs. */
TEST(capability_sync_mmu)
{
	if (device_cap(KVM_CAP_SYNC_MMU) == 0 && access("/dev/kvm", F_OK))
		SKIP("this kernel has no MMU notifiers");
	ASSERT_EQ(device_cap(KVM_CAP_SYNC_MMU), 1);
}

TEST(capability_max_vcpus_covers_nr_vcpus)
{
	ASSERT_LE(device_cap(KVM_CAP_NR_VCPUS), device_cap(KVM_CAP_MAX_VCPUS));
	ASSERT_LE(device_cap(KVM_CAP_MAX_VCPUS), device_cap(KVM_CAP_MAX_VCPU_ID));
}

/* Never reported on arm64, or by nobody. */
static const struct cap absent[] = {
	CAP(KVM_CAP_IRQ_INJECT_STATUS, 0, 0),
	CAP(KVM_CAP_MULTI_ADDRESS_SPACE, 0, 0),
	CAP(KVM_CAP_NESTED_STATE, 0, 0),
	CAP(KVM_CAP_HLT, 0, 0),
	{ "1000000", 1000000, 0, 0 },
	{ "0x7fffffff", 0x7fffffff, 0, 0 },
	{ "0xffffffff", 0xffffffff, 0, 0 },
};

TEST_EACH(no_capability, struct cap, absent)
{
	ASSERT_EQ(device_cap(row->cap), 0);
}

TEST(capabilities_agree_on_device_and_vm)
{
	const struct vm *vm = vm_create();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		const int sys = device_cap(caps[i].cap);
		const int of_vm = ioctl(vm->fd, KVM_CHECK_EXTENSION, caps[i].cap);

		if (sys != of_vm)
			FAIL("%s: %d on the device, %d on a VM", caps[i].name,
			     sys, of_vm);
	}
}
