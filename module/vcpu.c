// SPDX-License-Identifier: GPL-2.0
/* vCPUs: how they come and go, and the ioctls of their files. */
#include <linux/anon_inodes.h>
#include <linux/avcpu.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arch/arch.h"
#include "device.h"
#include "ioctl.h"
#include "pvtime.h"
#include "stats.h"

static long vcpu_run(void *self, void *arg)
{
	return arg ? -EINVAL : avcpu_vcpu_run(self);
}

/*
 * Power the vCPU on or off, or suspend it, on behalf of user space. It is
 * taken down by its own thread, which the request stops.
 */
static void vcpu_set_mp_state(struct avcpu_vcpu *vcpu, u32 state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vcpu->state_lock, flags);
	WRITE_ONCE(vcpu->mp_state, state);
	if (state != KVM_MP_STATE_RUNNABLE)
		avcpu_request(AVCPU_REQ_SLEEP, vcpu);
	raw_spin_unlock_irqrestore(&vcpu->state_lock, flags);
}

/*
 * A VM that starts again runs with its MMU off and sees memory past the
 * caches: have its pages faulted in anew, which cleans them. With FEAT_S2FWB it
 * sees what the caches hold, but fetches by an I-cache that may be behind.
 */
static void vcpu_forget_memory(struct avcpu_vm *vm)
{
	if (avcpu_hw.fwb)
		avcpu_s2_inval_icache_all();
	else
		avcpu_mmu_unmap_all(vm);
}

static long vcpu_init(void *self, void *arg)
{
	struct avcpu_vcpu *vcpu = self;
	struct kvm_vcpu_init *init = arg;
	bool off = init->features[0] & BIT(KVM_ARM_VCPU_POWER_OFF);
	int ret;

	/* Says how to start this time, not what the vCPU is. */
	init->features[0] &= ~BIT(KVM_ARM_VCPU_POWER_OFF);
	ret = avcpu_arch_vcpu_init(vcpu, init);
	if (ret)
		return ret;

	/* What the last life of the vCPU left undone dies with it. */
	vcpu->mmio_needed = false;
	clear_bit(AVCPU_REQ_RESET, &vcpu->requests);
	if (vcpu->ran_once)
		vcpu_forget_memory(vcpu->vm);
	vcpu_set_mp_state(vcpu, off ? KVM_MP_STATE_STOPPED : KVM_MP_STATE_RUNNABLE);
	vcpu->initialized = true;
	return 0;
}

/* A CPU_ON that came before: what user space reads and writes comes after. */
static void vcpu_settle(struct avcpu_vcpu *vcpu)
{
	if (avcpu_take_request(AVCPU_REQ_RESET, vcpu))
		avcpu_psci_take_reset(vcpu);
}

static long vcpu_get_one_reg(void *self, void *arg)
{
	vcpu_settle(self);
	return avcpu_arch_get_reg(self, arg);
}

static long vcpu_set_one_reg(void *self, void *arg)
{
	vcpu_settle(self);
	return avcpu_arch_set_reg(self, arg);
}

static long vcpu_get_reg_list(void *self, void *arg)
{
	struct kvm_reg_list __user *ulist = (void __user *)arg;
	struct avcpu_vcpu *vcpu = self;
	u64 have = avcpu_arch_num_regs(vcpu);
	u64 room;

	if (get_user(room, &ulist->n) || put_user(have, &ulist->n))
		return -EFAULT;
	if (room < have)
		return -E2BIG;
	return avcpu_arch_copy_reg_indices(vcpu, ulist->reg);
}

static long vcpu_get_mp_state(void *self, void *arg)
{
	struct avcpu_vcpu *vcpu = self;
	struct kvm_mp_state *state = arg;

	state->mp_state = READ_ONCE(vcpu->mp_state);
	return 0;
}

static long vcpu_set_mp_state_user(void *self, void *arg)
{
	const struct kvm_mp_state *state = arg;

	switch (state->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
	case KVM_MP_STATE_STOPPED:
	case KVM_MP_STATE_SUSPENDED:
		vcpu_set_mp_state(self, state->mp_state);
		return 0;
	}
	return -EINVAL;
}

static long vcpu_get_events(void *self, void *arg)
{
	return avcpu_arch_get_events(self, arg);
}

static long vcpu_set_events(void *self, void *arg)
{
	const struct kvm_vcpu_events *events = arg;
	struct avcpu_vcpu *vcpu = self;
	int ret;

	if (memchr_inv(events->reserved, 0, sizeof(events->reserved)) ||
	    memchr_inv(events->exception.pad, 0, sizeof(events->exception.pad)))
		return -EINVAL;
	ret = avcpu_arch_set_events(vcpu, events);
	/* An abort is the answer to the access that user space was asked for. */
	if (!ret && events->exception.ext_dabt_pending)
		vcpu->mmio_needed = false;
	return ret;
}

static long vcpu_set_signal_mask(void *self, void *arg)
{
	struct kvm_signal_mask __user *umask = (void __user *)arg;
	struct avcpu_vcpu *vcpu = self;
	sigset_t set;
	u32 len;

	if (!umask) {
		vcpu->sigset_active = false;
		return 0;
	}
	if (get_user(len, &umask->len))
		return -EFAULT;
	if (len != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, umask->sigset, sizeof(set)))
		return -EFAULT;
	sigdelsetmask(&set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->sigset = set;
	vcpu->sigset_active = true;
	return 0;
}

/* No feature is there that would have to be finalised. */
static long vcpu_finalize(void *self, void *arg)
{
	int __user *ufeature = (void __user *)arg;
	int feature;

	if (get_user(feature, ufeature))
		return -EFAULT;
	return -EINVAL;
}

static long vcpu_stats_fd(void *self, void *arg)
{
	return avcpu_vcpu_stats_fd(self);
}

static long vcpu_get_stats(void *self, void *arg)
{
	const struct avcpu_vcpu *vcpu = self;
	const struct avcpu_stats *stats = &vcpu->stats;
	struct avcpu_vcpu_stats __user *ustats = (void __user *)arg;

	/* The one has the other's fields in the other's order, but no reserve. */
	BUILD_BUG_ON(sizeof(*stats) != offsetof(struct avcpu_vcpu_stats, reserved));
	if (clear_user(ustats, sizeof(*ustats)) ||
	    copy_to_user(ustats, stats, sizeof(*stats)))
		return -EFAULT;
	return 0;
}

/* Groups of vCPU attributes join by a row: PMU. */
static const struct avcpu_attr_group vcpu_attr_groups[] = {
	{ KVM_ARM_VCPU_TIMER_CTRL, avcpu_timer_has_attr, avcpu_timer_get_attr,
	  avcpu_timer_set_attr },
	{ KVM_ARM_VCPU_PVTIME_CTRL, avcpu_pvtime_has_attr, avcpu_pvtime_get_attr,
	  avcpu_pvtime_set_attr },
};

static const struct avcpu_attr_group *vcpu_attr_group(u32 group)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vcpu_attr_groups); i++)
		if (vcpu_attr_groups[i].group == group)
			return &vcpu_attr_groups[i];
	return NULL;
}

static long vcpu_has_attr(void *self, void *arg)
{
	const struct kvm_device_attr *attr = arg;
	const struct avcpu_attr_group *group = vcpu_attr_group(attr->group);

	return group ? group->has(self, attr) : -ENXIO;
}

static long vcpu_get_attr(void *self, void *arg)
{
	const struct kvm_device_attr *attr = arg;
	const struct avcpu_attr_group *group = vcpu_attr_group(attr->group);

	return group && group->get ? group->get(self, attr) : -ENXIO;
}

static long vcpu_set_attr(void *self, void *arg)
{
	const struct kvm_device_attr *attr = arg;
	const struct avcpu_attr_group *group = vcpu_attr_group(attr->group);

	return group && group->set ? group->set(self, attr) : -ENXIO;
}

#define IN	AVCPU_IOCTL_IN
#define OUT	AVCPU_IOCTL_OUT
#define INIT	AVCPU_IOCTL_INIT
#define NOLOCK	AVCPU_IOCTL_NOLOCK

static const struct avcpu_ioctl vcpu_ioctls[] = {
	{ KVM_RUN,			0,		vcpu_run },
	{ KVM_GET_ONE_REG,		INIT | IN,	vcpu_get_one_reg },
	{ KVM_SET_ONE_REG,		INIT | IN,	vcpu_set_one_reg },
	{ KVM_ARM_VCPU_INIT,		IN,		vcpu_init },
	{ KVM_ARM_VCPU_FINALIZE,	INIT,		vcpu_finalize },
	{ KVM_GET_REG_LIST,		INIT,		vcpu_get_reg_list },
	{ KVM_GET_MP_STATE,		OUT,		vcpu_get_mp_state },
	{ KVM_SET_MP_STATE,		IN,		vcpu_set_mp_state_user },
	{ KVM_GET_VCPU_EVENTS,		INIT | OUT,	vcpu_get_events },
	{ KVM_SET_VCPU_EVENTS,		INIT | IN,	vcpu_set_events },
	{ KVM_SET_SIGNAL_MASK,		0,		vcpu_set_signal_mask },
	{ KVM_HAS_DEVICE_ATTR,		IN,		vcpu_has_attr },
	{ KVM_GET_DEVICE_ATTR,		IN,		vcpu_get_attr },
	{ KVM_SET_DEVICE_ATTR,		IN,		vcpu_set_attr },
	{ KVM_GET_STATS_FD,		NOLOCK,		vcpu_stats_fd },
	{ AVCPU_GET_STATS,		NOLOCK,		vcpu_get_stats },
};

static long vcpu_ioctl_locked(const struct avcpu_ioctl *row, struct avcpu_vcpu *vcpu,
			      unsigned long arg)
{
	long ret;

	/* Another thread may be in KVM_RUN for as long as it likes. */
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	/* All others may write to registers. */
	if (row->cmd != KVM_RUN)
		avcpu_load_forget(vcpu);
	if ((row->flags & AVCPU_IOCTL_INIT) && !vcpu->initialized)
		ret = -ENOEXEC;
	else
		ret = avcpu_ioctl_call(row, vcpu, arg);
	mutex_unlock(&vcpu->mutex);
	return ret;
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct avcpu_vcpu *vcpu = file->private_data;
	const struct avcpu_ioctl *row;

	if (vcpu->vm->mm != current->mm || READ_ONCE(vcpu->vm->dead))
		return -EIO;
	row = avcpu_ioctl_find(vcpu_ioctls, ARRAY_SIZE(vcpu_ioctls), cmd);
	if (!row)
		return -EINVAL;
	if (row->flags & AVCPU_IOCTL_NOLOCK)
		return avcpu_ioctl_call(row, vcpu, arg);
	return vcpu_ioctl_locked(row, vcpu, arg);
}

static vm_fault_t vcpu_fault(struct vm_fault *vmf)
{
	struct avcpu_vcpu *vcpu = vmf->vma->vm_file->private_data;
	void *page;

	if (!vmf->pgoff)
		page = vcpu->run;
	else if (vmf->pgoff == KVM_COALESCED_MMIO_PAGE_OFFSET)
		page = vcpu->vm->coalesced_ring;
	else
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_fault,
};

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct avcpu_vcpu *vcpu = file->private_data;

	/* NULL: creation failed after the file was made. The vCPU is the VM's. */
	if (vcpu)
		avcpu_vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner		= THIS_MODULE,
	.release	= vcpu_release,
	.unlocked_ioctl	= vcpu_ioctl,
	.mmap		= vcpu_mmap,
	.open		= avcpu_no_compat_open,
	.compat_ioctl	= avcpu_no_compat_ioctl,
	.llseek		= noop_llseek,
};

static struct avcpu_vcpu *vcpu_alloc(struct avcpu_vm *vm, u32 id)
{
	struct avcpu_vcpu *vcpu;
	int ret = -ENOMEM;

	BUILD_BUG_ON(sizeof(struct kvm_run) > PAGE_SIZE);
	vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	vcpu->run = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vcpu->run)
		goto out_vcpu;

	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->idx = atomic_read(&vm->online);
	vcpu->uid = avcpu_new_uid();
	vcpu->cpu = -1;
	vcpu->steal.base = AVCPU_NO_STEAL;
	vcpu->mp_state = KVM_MP_STATE_RUNNABLE;
	mutex_init(&vcpu->mutex);
	raw_spin_lock_init(&vcpu->state_lock);
	rcuwait_init(&vcpu->wait);
	ret = avcpu_arch_vcpu_create(vcpu);
	if (ret)
		goto out_run;
	ret = avcpu_vgic_vcpu_init(vcpu);
	if (ret)
		goto out_arch;
	return vcpu;

out_arch:
	avcpu_arch_vcpu_destroy(vcpu);
out_run:
	free_page((unsigned long)vcpu->run);
out_vcpu:
	kfree(vcpu);
	return ERR_PTR(ret);
}

/**
 * avcpu_vcpu_destroy() - free a vCPU
 * @vcpu: no file and no thread refers to it
 */
void avcpu_vcpu_destroy(struct avcpu_vcpu *vcpu)
{
	avcpu_vgic_vcpu_destroy(vcpu);
	avcpu_arch_vcpu_destroy(vcpu);
	free_page((unsigned long)vcpu->run);
	kfree(vcpu);
}

/* vm->lock held. The vCPU is in the VM on success, and has its own reference. */
static int vcpu_add(struct avcpu_vm *vm, u32 id, struct file *file)
{
	struct avcpu_vcpu *vcpu;

	if (vm->created >= AVCPU_MAX_VCPUS)
		return -EINVAL;
	if (avcpu_vcpu_by_id(vm, id))
		return -EEXIST;
	vcpu = vcpu_alloc(vm, id);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	vm->vcpus[vcpu->idx] = vcpu;
	avcpu_vm_get(vm);
	file->private_data = vcpu;
	vm->created++;
	/* Complete: others may find it. Pairs with avcpu_vcpu_by_idx(). */
	atomic_set_release(&vm->online, vcpu->idx + 1);
	return 0;
}

/**
 * avcpu_vcpu_create() - KVM_CREATE_VCPU
 * @vm: the VM
 * @id: the caller's number, below AVCPU_MAX_VCPUS
 *
 * The file is had before the vCPU is visible to anyone, so that nothing is
 * left that may fail once it is: a vCPU cannot be taken back.
 *
 * Return: a file descriptor, or -EEXIST, -EINVAL (too many), -ENOMEM, -EMFILE.
 */
int avcpu_vcpu_create(struct avcpu_vm *vm, u32 id)
{
	char name[sizeof("avcpu-vcpu:4294967295")];
	struct file *file;
	int fd, ret;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "avcpu-vcpu:%u", id);
	file = anon_inode_getfile(name, &vcpu_fops, NULL, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto out_fd;
	}
	mutex_lock(&vm->lock);
	ret = vcpu_add(vm, id, file);
	mutex_unlock(&vm->lock);
	if (ret)
		goto out_file;
	fd_install(fd, file);
	return fd;

out_file:
	fput(file);
out_fd:
	put_unused_fd(fd);
	return ret;
}
