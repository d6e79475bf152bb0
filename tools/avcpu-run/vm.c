// SPDX-License-Identifier: GPL-2.0
/*
 * KVM's system and VM ioctls. The same code serves /dev/avcpu and /dev/kvm.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_IPA_BITS	40	/* what machine type 0 gives */
#define MIN_IPA_BITS		32
#define GIC_SPI_BASE		32	/* first shared INTID, IHI 0069 2.2 */

struct open_error {
	int error;
	const char *remedy;
};

static const struct open_error open_errors[] = {
	{ ENOENT, "is the module loaded? insmod avcpu.ko, or use --device /dev/kvm" },
	{ ENODEV, "the driver found no support here: see dmesg" },
	{ ENXIO,  "the driver found no support here: see dmesg" },
	{ EACCES, "run as root, or join the group that owns it (kvm)" },
	{ EPERM,  "run as root, or join the group that owns it (kvm)" },
};

static int fail_open(const char *path)
{
	int error = errno;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(open_errors); i++)
		if (open_errors[i].error == error)
			return fail("%s: %s; %s", path, strerror(error),
				    open_errors[i].remedy);
	return fail("%s: %s", path, strerror(error));
}

int vm_cap(const struct vm *vm, unsigned int cap)
{
	int ret = ioctl(vm->fd, KVM_CHECK_EXTENSION, cap);

	return ret < 0 ? 0 : ret;
}

int vm_enable_cap(const struct vm *vm, unsigned int cap)
{
	struct kvm_enable_cap arg = { .cap = cap };

	return ioctl(vm->fd, KVM_ENABLE_CAP, &arg);
}

/*
 * Machine type 0 means 40 bits of guest physical address; hosts with fewer
 * refuse it, and machines that reach further need more.
 */
static int vm_type(const struct vm *vm, u64 top_gpa, unsigned long *type)
{
	int max = ioctl(vm->dev, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	int need = MIN_IPA_BITS;

	if (max <= 0)
		max = DEFAULT_IPA_BITS;
	while (need < 64 && top_gpa >> need)
		need++;
	if (need > max)
		return fail("%s gives guests %d address bits, this machine needs %d; use a smaller --mem or --smp",
			    vm->path, max, need);
	if (need <= DEFAULT_IPA_BITS && max >= DEFAULT_IPA_BITS)
		*type = 0;
	else
		*type = (unsigned long)need;
	return 0;
}

/**
 * vm_open() - open the device and create a VM
 * @vm: filled in
 * @path: /dev/avcpu, /dev/kvm or another device with KVM's ABI
 * @top_gpa: the highest guest physical address the machine uses
 *
 * Return: 0, or -1 with the error and its remedy reported.
 */
int vm_open(struct vm *vm, const char *path, u64 top_gpa)
{
	unsigned long type = 0;
	int version, size;

	*vm = (struct vm) { .path = path, .dev = -1, .fd = -1, .gic = -1, .its = -1 };
	vm->dev = open(path, O_RDWR | O_CLOEXEC);
	if (vm->dev < 0)
		return fail_open(path);
	version = ioctl(vm->dev, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		return fail("%s is not a KVM device (API version %d, not %d)",
			    path, version, KVM_API_VERSION);
	size = ioctl(vm->dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < (int)sizeof(struct kvm_run))
		return fail("%s: KVM_GET_VCPU_MMAP_SIZE: %s", path, strerror(errno));
	vm->run_size = (size_t)size;
	if (vm_type(vm, top_gpa, &type))
		return -1;
	vm->fd = ioctl(vm->dev, KVM_CREATE_VM, type);
	if (vm->fd < 0)
		return fail("%s: KVM_CREATE_VM: %s", path, strerror(errno));
	vm->has_ioeventfd = vm_cap(vm, KVM_CAP_IOEVENTFD) > 0;
	vm->has_irqfd = vm_cap(vm, KVM_CAP_IRQFD) > 0;
	return 0;
}

void vm_close(struct vm *vm)
{
	int *fds[] = { &vm->its, &vm->gic, &vm->fd, &vm->dev };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/**
 * vm_add_memory() - make a memory slot of every region
 * @vm: the VM
 * @mem: the regions
 *
 * Return: 0, or -1 with the error reported.
 */
int vm_add_memory(struct vm *vm, const struct memory *mem)
{
	bool readonly = vm_cap(vm, KVM_CAP_READONLY_MEM) > 0;
	unsigned int i;

	for (i = 0; i < mem->nr; i++) {
		const struct mem_region *r = &mem->region[i];
		struct kvm_userspace_memory_region slot = {
			.slot = i,
			.flags = r->rom && readonly ? KVM_MEM_READONLY : 0,
			.guest_phys_addr = r->gpa,
			.memory_size = r->size,
			.userspace_addr = (uintptr_t)r->host,
		};

		if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
			return fail("%s: memory slot for %s (%llu MiB at 0x%llx): %s",
				    vm->path, r->name,
				    (unsigned long long)(r->size >> 20),
				    (unsigned long long)r->gpa, strerror(errno));
	}
	return 0;
}

/**
 * vm_irq_line() - set the level of a shared interrupt's input
 * @vm: the VM
 * @spi: number, counted from 0 (INTID 32)
 * @level: asserted or not
 *
 * Return: 0, or -1 with errno set. Without a GIC there is no input: 0.
 */
int vm_irq_line(struct vm *vm, unsigned int spi, bool level)
{
	struct kvm_irq_level arg = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT |
		       (spi + GIC_SPI_BASE),
		.level = level,
	};

	if (vm->gic < 0)
		return 0;
	return ioctl(vm->fd, KVM_IRQ_LINE, &arg);
}

/**
 * vm_irqfd() - have an eventfd raise a shared interrupt
 * @vm: the VM
 * @spi: number, counted from 0; the default routing has it as its GSI
 * @fd: the eventfd; each write is one edge
 *
 * Return: 0, or -1 with errno set.
 */
int vm_irqfd(struct vm *vm, unsigned int spi, int fd)
{
	struct kvm_irqfd arg = { .fd = (u32)fd, .gsi = spi };

	return ioctl(vm->fd, KVM_IRQFD, &arg);
}

/**
 * vm_ioeventfd() - have a 4-byte write of one value signal an eventfd
 * @vm: the VM
 * @addr: guest physical address of the register
 * @match: the value
 * @fd: the eventfd
 *
 * Return: 0, or -1 with errno set.
 */
int vm_ioeventfd(struct vm *vm, u64 addr, u32 match, int fd)
{
	struct kvm_ioeventfd arg = {
		.datamatch = match, .addr = addr, .len = 4, .fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_DATAMATCH,
	};

	return ioctl(vm->fd, KVM_IOEVENTFD, &arg);
}
