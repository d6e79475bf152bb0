// SPDX-License-Identifier: GPL-2.0
/* Virtual machines, memory slots and registers. See vm.h. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/utsname.h>

#include "vm.h"

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		FAIL("open %s: %s", path, strerror(errno));
	return fd;
}

int device_open(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open_device(options.device);
	return fd;
}

int device_cap(unsigned int cap)
{
	return ASSERT_OK(ioctl(device_open(), KVM_CHECK_EXTENSION, cap));
}

void need_sync_mmu(void)
{
	if (!device_cap(KVM_CAP_SYNC_MMU))
		SKIP("this kernel has no MMU notifiers: memory is pinned");
}

bool kvm_before(unsigned int major, unsigned int minor)
{
	unsigned int host_major, host_minor;
	struct utsname uts;

	if (strcmp(options.device, "/dev/kvm") || uname(&uts) ||
	    sscanf(uts.release, "%u.%u", &host_major, &host_minor) != 2)
		return false;
	return host_major < major ||
	       (host_major == major && host_minor < minor);
}

struct vm *vm_create_type(const char *device, u64 type)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	int fd = strcmp(device, options.device) ? open_device(device) : device_open();

	ASSERT(vm);
	vm->fd = ASSERT_OK(ioctl(fd, KVM_CREATE_VM, type));
	return vm;
}

struct vm *vm_create(void)
{
	return vm_create_type(options.device, 0);
}

struct vm *vm_create_guest_on(const char *device, unsigned int nr_vcpus)
{
	struct vm *vm = vm_create_type(device, 0);
	unsigned int i;

	vm_load_guest(vm);
	for (i = 0; i < nr_vcpus; i++)
		vm_add_ready_vcpu(vm, i, VCPU_PSCI);
	return vm;
}

struct vm *vm_create_guest(unsigned int nr_vcpus)
{
	return vm_create_guest_on(options.device, nr_vcpus);
}

int vm_set_slot(struct vm *vm, u32 slot, u64 gpa, u64 size, const void *hva,
		u32 flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)hva,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

void vm_add_slot(struct vm *vm, u64 gpa, u64 size, void *hva, u32 flags)
{
	ASSERT(vm->nr_slots < MAX_SLOTS);
	ASSERT_OK(vm_set_slot(vm, vm->nr_slots, gpa, size, hva, flags));
	vm->slots[vm->nr_slots++] = (struct slot){ gpa, size, hva };
}

void *vm_add_ram(struct vm *vm, u64 gpa, u64 size)
{
	void *hva = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(hva != MAP_FAILED);
	vm_add_slot(vm, gpa, size, hva, 0);
	return hva;
}

void *gpa_to_hva(const struct vm *vm, u64 gpa)
{
	unsigned int i;

	for (i = 0; i < vm->nr_slots; i++) {
		const struct slot *slot = &vm->slots[i];

		if (gpa - slot->gpa < slot->size)
			return (char *)slot->hva + (gpa - slot->gpa);
	}
	FAIL("no memory at guest address 0x%llx", (unsigned long long)gpa);
}

struct vcpu *vm_add_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = &vm->vcpus[vm->nr_vcpus];
	long size = ASSERT_OK(ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0));

	ASSERT(vm->nr_vcpus < MAX_GUEST_CPUS);
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = ASSERT_OK(ioctl(vm->fd, KVM_CREATE_VCPU, id));
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	ASSERT(vcpu->run != MAP_FAILED);
	vm->nr_vcpus++;
	return vcpu;
}

int vcpu_init(struct vcpu *vcpu, u32 features)
{
	struct kvm_vcpu_init init;

	ASSERT_OK(ioctl(vcpu->vm->fd, KVM_ARM_PREFERRED_TARGET, &init));
	init.features[0] |= features;
	return ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init);
}

struct vcpu *vm_add_ready_vcpu(struct vm *vm, unsigned int id, u32 features)
{
	struct vcpu *vcpu = vm_add_vcpu(vm, id);

	ASSERT_OK(vcpu_init(vcpu, features));
	return vcpu;
}

int vcpu_get_raw(const struct vcpu *vcpu, u64 id, void *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

	return ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg);
}

int vcpu_set_raw(const struct vcpu *vcpu, u64 id, const void *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

	return ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg);
}

u64 vcpu_get(const struct vcpu *vcpu, u64 id)
{
	u64 value = 0;

	if (vcpu_get_raw(vcpu, id, &value))
		FAIL("KVM_GET_ONE_REG 0x%llx: %s", (unsigned long long)id,
		     strerror(errno));
	return value;
}

void vcpu_set(const struct vcpu *vcpu, u64 id, u64 value)
{
	if (vcpu_set_raw(vcpu, id, &value))
		FAIL("KVM_SET_ONE_REG 0x%llx to 0x%llx: %s",
		     (unsigned long long)id, (unsigned long long)value,
		     strerror(errno));
}

struct kvm_reg_list *vcpu_reg_list(const struct vcpu *vcpu)
{
	struct kvm_reg_list probe = { .n = 0 }, *list;

	ASSERT_ERRNO(ioctl(vcpu->fd, KVM_GET_REG_LIST, &probe), E2BIG);
	list = calloc(1, sizeof(*list) + probe.n * sizeof(list->reg[0]));
	ASSERT(list);
	list->n = probe.n;
	ASSERT_OK(ioctl(vcpu->fd, KVM_GET_REG_LIST, list));
	return list;
}

bool vcpu_has_reg(const struct vcpu *vcpu, u64 id)
{
	u8 value[256];

	return !vcpu_get_raw(vcpu, id, value);
}
