// SPDX-License-Identifier: GPL-2.0
/* Virtual machines: how they come and go, and the ioctls of their files. */
#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cputype.h>

#include "arch/arch.h"
#include "device.h"
#include "eventfds.h"
#include "ioctl.h"
#include "stats.h"

/* KVM_CREATE_VM: the machine type is the width of guest physical addresses. */
#define IPA_BITS_DEFAULT	40
#define IPA_BITS_MIN		32

/**
 * avcpu_new_uid() - a number that no VM and no vCPU had before
 *
 * TLB notes (module/arch/tlb.c) name their owner by it: an address may be used
 * again by the next vCPU, a uid is not.
 */
u64 avcpu_new_uid(void)
{
	static atomic64_t last = ATOMIC64_INIT(0);

	return atomic64_inc_return(&last);
}

static int vm_ipa_bits(unsigned long type)
{
	unsigned long bits = type & KVM_VM_TYPE_ARM_IPA_SIZE_MASK;

	if (type & ~KVM_VM_TYPE_ARM_IPA_SIZE_MASK)
		return -EINVAL;
	if (!bits)
		bits = IPA_BITS_DEFAULT;
	if (bits < IPA_BITS_MIN || bits > avcpu_hw.pa_bits)
		return -EINVAL;
	return bits;
}

static int vm_init(struct avcpu_vm *vm)
{
	int ret;

	ret = init_srcu_struct(&vm->srcu);
	if (ret)
		return ret;
	ret = avcpu_io_bus_init(vm);
	if (ret)
		goto out_srcu;
	ret = avcpu_memslots_init(vm);
	if (ret)
		goto out_bus;
	ret = avcpu_coalesced_init(vm);
	if (ret)
		goto out_slots;
	ret = avcpu_irqfds_init(vm);
	if (ret)
		goto out_coalesced;
	ret = avcpu_arch_vm_init(vm);
	if (ret)
		goto out_irqfds;
	/* Last: MMU notifiers begin to call. */
	ret = avcpu_mmu_init(vm);
	if (ret)
		goto out_arch;
	return 0;

out_arch:
	avcpu_arch_vm_destroy(vm);
out_irqfds:
	avcpu_irqfds_destroy(vm);
out_coalesced:
	avcpu_coalesced_destroy(vm);
out_slots:
	avcpu_memslots_destroy(vm);
out_bus:
	avcpu_io_bus_destroy(vm);
out_srcu:
	cleanup_srcu_struct(&vm->srcu);
	return ret;
}

static void vm_preempt_notifiers(bool on)
{
#ifdef CONFIG_PREEMPT_NOTIFIERS
	if (on)
		preempt_notifier_inc();
	else
		preempt_notifier_dec();
#endif
}

static struct avcpu_vm *vm_alloc(unsigned long type)
{
	int bits = vm_ipa_bits(type);
	struct avcpu_vm *vm;
	int ret;

	if (bits < 0)
		return ERR_PTR(bits);
	vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return ERR_PTR(-ENOMEM);

	kref_init(&vm->refs);
	vm->uid = avcpu_new_uid();
	vm->ipa_bits = bits;
	vm->max_poll_ns = avcpu_halt_poll_ns();
	mutex_init(&vm->lock);
	mutex_init(&vm->config_lock);
	mutex_init(&vm->slots_lock);
	spin_lock_init(&vm->mmu_lock);
	INIT_LIST_HEAD(&vm->devices);
	INIT_LIST_HEAD(&vm->ioeventfds);
	avcpu_fw_vm_init(vm);
	avcpu_vgic_vm_init(vm);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	vm_preempt_notifiers(true);

	ret = vm_init(vm);
	if (ret) {
		vm_preempt_notifiers(false);
		mmdrop(vm->mm);
		kfree(vm);
		return ERR_PTR(ret);
	}
	return vm;
}

/*
 * Nothing refers to the VM: no file of it is open, none of its vCPUs runs.
 * The bus goes first, its devices being parts of what goes after; then the
 * notifiers, so that nobody looks at stage 2 or at the slots any more.
 */
static void vm_destroy(struct kref *ref)
{
	struct avcpu_vm *vm = container_of(ref, struct avcpu_vm, refs);
	u32 i;

	avcpu_io_bus_destroy(vm);
	avcpu_ioeventfds_destroy(vm);
	avcpu_coalesced_destroy(vm);
	avcpu_mmu_destroy(vm);
	avcpu_devices_destroy(vm);
	for (i = 0; i < vm->created; i++)
		avcpu_vcpu_destroy(vm->vcpus[i]);
	avcpu_vgic_vm_destroy(vm);
	avcpu_arch_vm_destroy(vm);
	avcpu_irqfds_destroy(vm);
	avcpu_memslots_destroy(vm);
	cleanup_srcu_struct(&vm->srcu);
	vm_preempt_notifiers(false);
	mmdrop(vm->mm);
	kfree(vm);
}

/**
 * avcpu_vm_get() - take a reference
 * @vm: the caller has one already
 */
void avcpu_vm_get(struct avcpu_vm *vm)
{
	kref_get(&vm->refs);
}

/**
 * avcpu_vm_put() - give a reference back
 * @vm: gone if it was the last
 *
 * Context: may sleep.
 */
void avcpu_vm_put(struct avcpu_vm *vm)
{
	kref_put(&vm->refs, vm_destroy);
}

/**
 * avcpu_vm_kill() - the VM cannot go on: all its ioctls are -EIO from now on
 * @vm: the VM
 *
 * Context: any.
 */
void avcpu_vm_kill(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	WRITE_ONCE(vm->dead, true);
	avcpu_for_each_vcpu(i, vcpu, vm) {
		avcpu_request(AVCPU_REQ_VM_DEAD, vcpu);
		avcpu_vcpu_kick(vcpu);
	}
}

/**
 * avcpu_vcpu_by_id() - find a vCPU by the number that user space gave it
 * @vm: its VM
 * @id: any number
 *
 * Return: a complete vCPU, or NULL.
 */
struct avcpu_vcpu *avcpu_vcpu_by_id(struct avcpu_vm *vm, u32 id)
{
	struct avcpu_vcpu *vcpu = avcpu_vcpu_by_idx(vm, id);
	u32 i;

	/* VMMs number them in order of creation. */
	if (vcpu && vcpu->id == id)
		return vcpu;
	avcpu_for_each_vcpu(i, vcpu, vm)
		if (vcpu->id == id)
			return vcpu;
	return NULL;
}

/**
 * avcpu_vcpu_by_mpidr() - find a vCPU by its affinity
 * @vm: its VM
 * @mpidr: value of MPIDR_EL1; only the affinity fields are looked at
 *
 * Return: a complete vCPU, or NULL.
 */
struct avcpu_vcpu *avcpu_vcpu_by_mpidr(struct avcpu_vm *vm, u64 mpidr)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	mpidr &= MPIDR_HWID_BITMASK;
	avcpu_for_each_vcpu(i, vcpu, vm)
		if ((avcpu_arch_mpidr(vcpu) & MPIDR_HWID_BITMASK) == mpidr)
			return vcpu;
	return NULL;
}

/**
 * avcpu_vm_trylock_vcpus() - take the mutexes of all vCPUs
 * @vm: the VM, vm->lock held: no vCPU joins meanwhile
 *
 * Return: false, with none taken, if one is held: its vCPU is in an ioctl.
 */
bool avcpu_vm_trylock_vcpus(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	lockdep_assert_held(&vm->lock);
	avcpu_for_each_vcpu(i, vcpu, vm) {
		if (mutex_trylock(&vcpu->mutex))
			continue;
		while (i--)
			mutex_unlock(&avcpu_vcpu_by_idx(vm, i)->mutex);
		return false;
	}
	return true;
}

/**
 * avcpu_vm_unlock_vcpus() - the opposite of avcpu_vm_trylock_vcpus()
 * @vm: the VM, vm->lock held since
 */
void avcpu_vm_unlock_vcpus(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm)
		mutex_unlock(&vcpu->mutex);
}

static long vm_create_vcpu(void *self, void *arg)
{
	unsigned long id = (unsigned long)arg;

	return id < AVCPU_MAX_VCPUS ? avcpu_vcpu_create(self, id) : -EINVAL;
}

static long vm_check_extension(void *self, void *arg)
{
	return avcpu_check_extension(self, (unsigned long)arg);
}

static long vm_enable_cap(void *self, void *arg)
{
	return avcpu_enable_cap(self, arg);
}

static long vm_preferred_target(void *self, void *arg)
{
	struct kvm_vcpu_init *init = arg;

	init->target = KVM_ARM_TARGET_GENERIC_V8;
	return 0;
}

static long vm_set_memory_region(void *self, void *arg)
{
	const struct kvm_userspace_memory_region *mem = arg;

	if (mem->flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY))
		return -EINVAL;
	return avcpu_set_memory_region(self, mem);
}

/* guest_memfd, the rest of the structure, has a flag, which is refused. */
static long vm_set_memory_region2(void *self, void *arg)
{
	BUILD_BUG_ON(offsetofend(struct kvm_userspace_memory_region, userspace_addr) !=
		     offsetof(struct kvm_userspace_memory_region2, guest_memfd_offset));
	return vm_set_memory_region(self, arg);
}

static long vm_get_dirty_log(void *self, void *arg)
{
	return avcpu_get_dirty_log(self, arg);
}

static long vm_clear_dirty_log(void *self, void *arg)
{
	return avcpu_clear_dirty_log(self, arg);
}

static long vm_irqfd(void *self, void *arg)
{
	return avcpu_irqfd(self, arg);
}

static long vm_set_gsi_routing(void *self, void *arg)
{
	return avcpu_set_gsi_routing(self, (void __user *)arg);
}

static long vm_signal_msi(void *self, void *arg)
{
	return avcpu_signal_msi(self, arg);
}

static long vm_irq_line(void *self, void *arg)
{
	return avcpu_vgic_irq_line(self, arg);
}

static long vm_ioeventfd(void *self, void *arg)
{
	return avcpu_ioeventfd(self, arg);
}

static long vm_register_coalesced(void *self, void *arg)
{
	return avcpu_coalesced_register(self, arg);
}

static long vm_unregister_coalesced(void *self, void *arg)
{
	return avcpu_coalesced_unregister(self, arg);
}

static long vm_create_device(void *self, void *arg)
{
	return avcpu_device_create(self, arg);
}

/* Where all vCPUs look: while one runs, they would see time jump apart. */
static long vm_set_counter_offset(void *self, void *arg)
{
	const struct kvm_arm_counter_offset *offset = arg;
	struct avcpu_vm *vm = self;
	long ret = -EBUSY;

	if (offset->reserved)
		return -EINVAL;
	mutex_lock(&vm->lock);
	if (avcpu_vm_trylock_vcpus(vm)) {
		avcpu_timer_set_offset(vm, offset->counter_offset);
		avcpu_vm_unlock_vcpus(vm);
		ret = 0;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

/* No attribute of a VM as a whole is known yet. */
static long vm_device_attr(void *self, void *arg)
{
	return -ENXIO;
}

static long vm_reg_writable_masks(void *self, void *arg)
{
	const struct reg_mask_range *range = arg;

	if (range->range || memchr_inv(range->reserved, 0, sizeof(range->reserved)))
		return -EINVAL;
	return avcpu_idreg_writable_masks((u64 __user *)(unsigned long)range->addr);
}

static long vm_stats_fd(void *self, void *arg)
{
	return avcpu_vm_stats_fd(self);
}

#define IN	AVCPU_IOCTL_IN
#define OUT	AVCPU_IOCTL_OUT

/* First those that interrupt a guest: they are looked for most often. */
static const struct avcpu_ioctl vm_ioctls[] = {
	{ KVM_SIGNAL_MSI,			IN,		vm_signal_msi },
	{ KVM_IRQ_LINE,				IN,		vm_irq_line },
	{ KVM_CREATE_VCPU,			0,		vm_create_vcpu },
	{ KVM_CHECK_EXTENSION,			0,		vm_check_extension },
	{ KVM_ENABLE_CAP,			IN,		vm_enable_cap },
	{ KVM_SET_USER_MEMORY_REGION,		IN,		vm_set_memory_region },
	{ KVM_SET_USER_MEMORY_REGION2,		IN,		vm_set_memory_region2 },
	{ KVM_GET_DIRTY_LOG,			IN,		vm_get_dirty_log },
	{ KVM_CLEAR_DIRTY_LOG,			IN,		vm_clear_dirty_log },
	{ KVM_IRQFD,				IN,		vm_irqfd },
	{ KVM_SET_GSI_ROUTING,			0,		vm_set_gsi_routing },
	{ KVM_IOEVENTFD,			IN,		vm_ioeventfd },
	{ KVM_REGISTER_COALESCED_MMIO,		IN,		vm_register_coalesced },
	{ KVM_UNREGISTER_COALESCED_MMIO,	IN,		vm_unregister_coalesced },
	{ KVM_CREATE_DEVICE,			IN | OUT,	vm_create_device },
	{ KVM_HAS_DEVICE_ATTR,			IN,		vm_device_attr },
	{ KVM_SET_DEVICE_ATTR,			IN,		vm_device_attr },
	{ KVM_ARM_SET_COUNTER_OFFSET,		IN,		vm_set_counter_offset },
	{ KVM_ARM_PREFERRED_TARGET,		OUT,		vm_preferred_target },
	{ KVM_ARM_GET_REG_WRITABLE_MASKS,	IN,		vm_reg_writable_masks },
	{ KVM_GET_STATS_FD,			0,		vm_stats_fd },
};

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct avcpu_vm *vm = file->private_data;
	const struct avcpu_ioctl *row;

	/* What the guest reaches is this process's memory and no other's. */
	if (vm->mm != current->mm || READ_ONCE(vm->dead))
		return -EIO;
	row = avcpu_ioctl_find(vm_ioctls, ARRAY_SIZE(vm_ioctls), cmd);
	return row ? avcpu_ioctl_call(row, vm, arg) : -EINVAL;
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct avcpu_vm *vm = file->private_data;

	avcpu_irqfds_release(vm);
	avcpu_vm_put(vm);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner		= THIS_MODULE,
	.release	= vm_release,
	.unlocked_ioctl	= vm_ioctl,
	.open		= avcpu_no_compat_open,
	.compat_ioctl	= avcpu_no_compat_ioctl,
	.llseek		= noop_llseek,
};

/**
 * avcpu_vm_create() - KVM_CREATE_VM
 * @type: bits of the guest's physical addresses, 0 for 40
 *
 * Return: a file descriptor, or -EINVAL, -ENOMEM, -EMFILE.
 */
int avcpu_vm_create(unsigned long type)
{
	struct avcpu_vm *vm;
	struct file *file;
	int fd;

	vm = vm_alloc(type);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		goto out_vm;
	file = anon_inode_getfile("avcpu-vm", &vm_fops, vm, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto out_vm;
	}
	fd_install(fd, file);
	return fd;

out_vm:
	avcpu_vm_put(vm);
	return fd;
}
