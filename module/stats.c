// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_STATS_FD: what vCPUs and VMs did, under KVM's names where KVM counts the
 * same, for tools that know KVM. The names that KVM has not are of what it does not
 * tell apart. (AVCPU_GET_STATS gives the counters as they are.)
 */
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/esr.h>

#include "arch/arch.h"
#include "stats.h"

#define NAME_SIZE	48
/* The structure ends with the name, which some kernels' headers give no size. */
#define DESC_SIZE	(offsetof(struct kvm_stats_desc, name) + NAME_SIZE)

enum vcpu_stat {
	VCPU_HALT_ATTEMPTED_POLL,
	VCPU_HALT_SUCCESSFUL_POLL,
	VCPU_HVC,
	VCPU_WFE,
	VCPU_WFI,
	VCPU_MMIO_USER,
	VCPU_MMIO_KERNEL,
	VCPU_SIGNAL,
	VCPU_EXITS,
	VCPU_IN_PLACE,
	VCPU_IRQ,
	VCPU_SYSREG,
	VCPU_FP,
	VCPU_ABORT,
	NR_VCPU_STATS,
};

static const char vcpu_names[NR_VCPU_STATS][NAME_SIZE] = {
	[VCPU_HALT_ATTEMPTED_POLL]	= "halt_attempted_poll",
	[VCPU_HALT_SUCCESSFUL_POLL]	= "halt_successful_poll",
	[VCPU_HVC]			= "hvc_exit_stat",
	[VCPU_WFE]			= "wfe_exit_stat",
	[VCPU_WFI]			= "wfi_exit_stat",
	[VCPU_MMIO_USER]		= "mmio_exit_user",
	[VCPU_MMIO_KERNEL]		= "mmio_exit_kernel",
	[VCPU_SIGNAL]			= "signal_exits",
	[VCPU_EXITS]			= "exits",
	[VCPU_IN_PLACE]			= "in_place_exits",
	[VCPU_IRQ]			= "irq_exits",
	[VCPU_SYSREG]			= "sysreg_exits",
	[VCPU_FP]			= "fp_exits",
	[VCPU_ABORT]			= "abort_exits",
};

/* Another thread may be counting: each value is right, all together need not be. */
static void vcpu_values(const struct avcpu_vcpu *vcpu, u64 *val)
{
	const struct avcpu_stats *stats = &vcpu->stats;
	const u64 *by_ec = stats->by_ec;
	u64 wfe = READ_ONCE(stats->wfe);

	val[VCPU_HALT_ATTEMPTED_POLL] = stats->wfi;
	val[VCPU_HALT_SUCCESSFUL_POLL] = stats->halt_poll;
	val[VCPU_HVC] = by_ec[ESR_ELx_EC_HVC64] + by_ec[ESR_ELx_EC_HVC32];
	val[VCPU_WFE] = wfe;
	val[VCPU_WFI] = by_ec[ESR_ELx_EC_WFx] - wfe;
	val[VCPU_MMIO_USER] = stats->mmio_user;
	val[VCPU_MMIO_KERNEL] = stats->mmio_kernel;
	val[VCPU_SIGNAL] = stats->signal;
	val[VCPU_EXITS] = stats->exits + stats->in_place;
	val[VCPU_IN_PLACE] = stats->in_place;
	val[VCPU_IRQ] = stats->irq;
	val[VCPU_SYSREG] = by_ec[ESR_ELx_EC_SYS64];
	val[VCPU_FP] = by_ec[ESR_ELx_EC_FP_ASIMD];
	val[VCPU_ABORT] = by_ec[ESR_ELx_EC_DABT_LOW] + by_ec[ESR_ELx_EC_IABT_LOW];
}

enum vm_stat {
	VM_TLB_FLUSH,
	NR_VM_STATS,
};

static const char vm_names[NR_VM_STATS][NAME_SIZE] = {
	[VM_TLB_FLUSH]	= "remote_tlb_flush",
};

static void vm_values(const struct avcpu_vm *vm, u64 *val)
{
	val[VM_TLB_FLUSH] = atomic64_read(&vm->tlb_flushes);
}

/**
 * struct stats - what the file has to say
 * @id: the object's name, NAME_SIZE bytes
 * @names: of the values
 * @values: as many
 * @count: their number
 */
struct stats {
	const char *id;
	const char (*names)[NAME_SIZE];
	const u64 *values;
	u32 count;
};

static void put_desc(struct kvm_stats_desc *desc, const char *name, u32 offset)
{
	desc->flags = KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10;
	desc->size = 1;
	desc->offset = offset;
	memcpy((void *)desc + offsetof(struct kvm_stats_desc, name), name, NAME_SIZE);
}

/* The file is made as a whole, and then read from: header, id, descriptors, values. */
static ssize_t stats_read(const struct stats *stats, char __user *to, size_t size,
			  loff_t *pos)
{
	const struct kvm_stats_header header = {
		.name_size = NAME_SIZE,
		.num_desc = stats->count,
		.id_offset = sizeof(header),
		.desc_offset = sizeof(header) + NAME_SIZE,
		.data_offset = sizeof(header) + NAME_SIZE + stats->count * DESC_SIZE,
	};
	const size_t total = header.data_offset + stats->count * sizeof(u64);
	void *file = kzalloc(total, GFP_KERNEL_ACCOUNT);
	ssize_t ret;
	u32 i;

	if (!file)
		return -ENOMEM;
	memcpy(file, &header, sizeof(header));
	memcpy(file + header.id_offset, stats->id, NAME_SIZE);
	for (i = 0; i < stats->count; i++)
		put_desc(file + header.desc_offset + i * DESC_SIZE, stats->names[i],
			 i * sizeof(u64));
	memcpy(file + header.data_offset, stats->values, stats->count * sizeof(u64));
	ret = simple_read_from_buffer(to, size, pos, file, total);
	kfree(file);
	return ret;
}

static ssize_t vcpu_stats_read(struct file *file, char __user *to, size_t size,
			       loff_t *pos)
{
	const struct avcpu_vcpu *vcpu = file->private_data;
	u64 values[NR_VCPU_STATS];
	char id[NAME_SIZE] = {};
	const struct stats stats = { id, vcpu_names, values, NR_VCPU_STATS };

	snprintf(id, sizeof(id), "avcpu-%llu/vcpu-%u", vcpu->vm->uid, vcpu->id);
	vcpu_values(vcpu, values);
	return stats_read(&stats, to, size, pos);
}

static ssize_t vm_stats_read(struct file *file, char __user *to, size_t size,
			     loff_t *pos)
{
	const struct avcpu_vm *vm = file->private_data;
	u64 values[NR_VM_STATS];
	char id[NAME_SIZE] = {};
	const struct stats stats = { id, vm_names, values, NR_VM_STATS };

	snprintf(id, sizeof(id), "avcpu-%llu", vm->uid);
	vm_values(vm, values);
	return stats_read(&stats, to, size, pos);
}

static int vcpu_stats_release(struct inode *inode, struct file *file)
{
	struct avcpu_vcpu *vcpu = file->private_data;

	avcpu_vm_put(vcpu->vm);
	return 0;
}

static int vm_stats_release(struct inode *inode, struct file *file)
{
	avcpu_vm_put(file->private_data);
	return 0;
}

static const struct file_operations vcpu_stats_fops = {
	.owner		= THIS_MODULE,
	.read		= vcpu_stats_read,
	.release	= vcpu_stats_release,
	.llseek		= noop_llseek,
};

static const struct file_operations vm_stats_fops = {
	.owner		= THIS_MODULE,
	.read		= vm_stats_read,
	.release	= vm_stats_release,
	.llseek		= noop_llseek,
};

static int stats_fd(struct avcpu_vm *vm, const char *name,
		    const struct file_operations *fops, void *object)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, object, O_RDONLY);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	avcpu_vm_get(vm);
	/* Each part of the contents has its place, where pread() finds it. */
	file->f_mode |= FMODE_PREAD;
	fd_install(fd, file);
	return fd;
}

/**
 * avcpu_vm_stats_fd() - KVM_GET_STATS_FD on a VM
 * @vm: the VM, which lives on as long as the file is open
 *
 * Return: a file descriptor, or -EMFILE, -ENOMEM.
 */
int avcpu_vm_stats_fd(struct avcpu_vm *vm)
{
	return stats_fd(vm, "avcpu-vm-stats", &vm_stats_fops, vm);
}

/**
 * avcpu_vcpu_stats_fd() - KVM_GET_STATS_FD on a vCPU
 * @vcpu: the vCPU; its VM lives on as long as the file is open
 *
 * Context: vcpu->mutex need not be held.
 * Return: a file descriptor, or -EMFILE, -ENOMEM.
 */
int avcpu_vcpu_stats_fd(struct avcpu_vcpu *vcpu)
{
	return stats_fd(vcpu->vm, "avcpu-vcpu-stats", &vcpu_stats_fops, vcpu);
}
