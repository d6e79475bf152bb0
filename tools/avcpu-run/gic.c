// SPDX-License-Identifier: GPL-2.0
/*
 * The in-kernel GICv3 and its ITS, at the addresses of the virt board.
 */
#include "gic.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "map.h"

/* How many redistributors the region below the devices holds. */
unsigned int gic_low_cpus(unsigned int nr_cpus)
{
	return (unsigned int)min_u64(nr_cpus, MAP_GICR_SIZE / MAP_GICR_STRIDE);
}

/* The highest address that the redistributors of @nr_cpus occupy. */
u64 gic_top_gpa(unsigned int nr_cpus)
{
	unsigned int high = nr_cpus - gic_low_cpus(nr_cpus);

	if (!high)
		return MAP_GICR_BASE + MAP_GICR_SIZE - 1;
	return MAP_GICR_HIGH_BASE + high * MAP_GICR_STRIDE - 1;
}

static int set_attr(int fd, u32 group, u64 attr, const void *val)
{
	struct kvm_device_attr arg = {
		.group = group, .attr = attr, .addr = (uintptr_t)val,
	};

	return ioctl(fd, KVM_SET_DEVICE_ATTR, &arg);
}

static int create_device(struct vm *vm, u32 type)
{
	struct kvm_create_device arg = { .type = type };

	return ioctl(vm->fd, KVM_CREATE_DEVICE, &arg) < 0 ? -1 : (int)arg.fd;
}

/* KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION: count, base, flags (0) and index. */
static u64 redist_region(unsigned int count, u64 base, unsigned int index)
{
	return (u64)count << 52 | base | index;
}

static int set_redists(struct vm *vm, unsigned int nr_cpus)
{
	unsigned int low = gic_low_cpus(nr_cpus);
	u64 region;

	/* One region without a count is what the oldest kernels know too. */
	region = MAP_GICR_BASE;
	if (low == nr_cpus)
		return set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
				KVM_VGIC_V3_ADDR_TYPE_REDIST, &region);
	region = redist_region(low, MAP_GICR_BASE, 0);
	if (set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
		     KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, &region))
		return -1;
	region = redist_region(nr_cpus - low, MAP_GICR_HIGH_BASE, 1);
	return set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
			KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, &region);
}

static int its_create(struct vm *vm)
{
	u64 base = MAP_ITS_BASE;

	vm->its = create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	if (vm->its < 0)
		return errno == ENODEV ? 0 :
			fail("%s: cannot create the ITS: %s", vm->path, strerror(errno));
	if (set_attr(vm->its, KVM_DEV_ARM_VGIC_GRP_ADDR,
		     KVM_VGIC_ITS_ADDR_TYPE, &base) ||
	    set_attr(vm->its, KVM_DEV_ARM_VGIC_GRP_CTRL,
		     KVM_DEV_ARM_VGIC_CTRL_INIT, NULL))
		return fail("%s: cannot set up the ITS: %s", vm->path, strerror(errno));
	return 0;
}

/**
 * gic_create() - give the VM a GICv3, and an ITS if the device has one
 * @vm: the VM, all of whose vCPUs exist
 * @nr_cpus: how many they are
 *
 * A device without a vGIC is no error: @vm->gic stays -1 and the machine has
 * no interrupts, which is enough for programs that poll.
 *
 * Return: 0, or -1 with the error reported.
 */
int gic_create(struct vm *vm, unsigned int nr_cpus)
{
	u64 dist = MAP_GICD_BASE;
	u32 nr_irqs = MAP_NR_IRQS;

	vm->gic = create_device(vm, KVM_DEV_TYPE_ARM_VGIC_V3);
	if (vm->gic < 0) {
		if (errno != ENODEV && errno != ENOTTY)
			return fail("%s: cannot create the GIC: %s; --no-gic does without",
				    vm->path, strerror(errno));
		if (verbose)
			say("%s has no virtual GIC: running without interrupts",
			    vm->path);
		return 0;
	}
	if (set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
		     KVM_VGIC_V3_ADDR_TYPE_DIST, &dist) ||
	    set_redists(vm, nr_cpus) ||
	    set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr_irqs) ||
	    set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
		     KVM_DEV_ARM_VGIC_CTRL_INIT, NULL))
		return fail("%s: cannot set up the GIC: %s; --no-gic does without",
			    vm->path, strerror(errno));
	return its_create(vm);
}
