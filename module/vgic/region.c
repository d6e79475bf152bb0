// SPDX-License-Identifier: GPL-2.0
/*
 * Where the frames of the vGIC are in the guest's memory: the distributor, and
 * the regions that redistributors are placed in, in the order of the vCPUs'
 * creation. vm->slots_lock is held by all of this, vgic.lock is taken here.
 *
 * A redistributor gets its place as soon as its vCPU and a region with room for
 * it exist, whichever comes last, and goes onto the bus then.
 */
#include <linux/bitfield.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "mmio.h"

/* KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION */
#define REGION_COUNT	GENMASK_ULL(63, 52)

static u64 region_size(struct avcpu_vm *vm, const struct avcpu_vgic_redist_region *r)
{
	u64 count = r->count ?: atomic_read(&vm->online);

	return count * AVCPU_VGIC_REDIST_SIZE;
}

static bool overlaps_region(struct avcpu_vm *vm, u64 base, u64 size)
{
	struct avcpu_vgic_redist_region *r;

	list_for_each_entry(r, &vm->vgic.regions, link)
		if (base + size > r->base && base < r->base + region_size(vm, r))
			return true;
	return false;
}

static bool overlaps_dist(struct avcpu_vm *vm, u64 base, u64 size)
{
	u64 dist = vm->vgic.dist.base;

	return dist != AVCPU_NO_ADDR && base + size > dist &&
	       base < dist + AVCPU_VGIC_DIST_SIZE;
}

/**
 * avcpu_vgic_check_range() - may a frame be at @base?
 * @vm: its VM
 * @base: guest physical address
 * @size: in bytes
 *
 * Return: 0; -EINVAL if it is not aligned to 64 KiB or wraps; -E2BIG if it is
 * not within the guest's physical addresses.
 */
int avcpu_vgic_check_range(struct avcpu_vm *vm, u64 base, u64 size)
{
	u64 limit = BIT_ULL(vm->ipa_bits);

	if (!IS_ALIGNED(base, SZ_64K) || !IS_ALIGNED(size, SZ_64K) || base + size < base)
		return -EINVAL;
	return base >= limit || base + size > limit ? -E2BIG : 0;
}

/**
 * avcpu_vgic_frames_fit() - no frame overlaps another or leaves the address space
 * @vm: its VM
 *
 * The size of a region without a count grows with the vCPUs, so this is not
 * certain before all are there.
 */
bool avcpu_vgic_frames_fit(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	struct avcpu_vgic_redist_region *r;

	list_for_each_entry(r, &vgic->regions, link)
		if (avcpu_vgic_check_range(vm, r->base, region_size(vm, r)))
			return false;
	return vgic->dist.base == AVCPU_NO_ADDR ||
	       !overlaps_region(vm, vgic->dist.base, AVCPU_VGIC_DIST_SIZE);
}

static struct avcpu_vgic_redist_region *region_with_room(struct avcpu_vgic *vgic)
{
	struct avcpu_vgic_redist_region *r;

	list_for_each_entry(r, &vgic->regions, link)
		if (!r->count || r->used < r->count)
			return r;
	return NULL;
}

/* Return: 0, also if there is no place yet; -EINVAL if the frames do not fit. */
static int take_place(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vgic *vgic = &vcpu->vm->vgic;
	struct avcpu_vgic_redist_region *r = region_with_room(vgic);

	if (!r)
		return 0;
	if (!avcpu_vgic_frames_fit(vcpu->vm))
		return -EINVAL;
	vcpu->vgic.region = r;
	vcpu->vgic.rd_index = r->used++;
	vcpu->vgic.rd.ops = &avcpu_vgic_redist_ops;
	vcpu->vgic.rd.len = AVCPU_VGIC_REDIST_SIZE;
	vcpu->vgic.rd.base = r->base +
			     (u64)vcpu->vgic.rd_index * AVCPU_VGIC_REDIST_SIZE;
	return 0;
}

static void leave_place(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vgic_redist_region *r = vcpu->vgic.region;

	vcpu->vgic.region = NULL;
	vcpu->vgic.rd.base = AVCPU_NO_ADDR;
	r->used--;
}

/**
 * avcpu_vgic_place_redist() - a place for @vcpu's redistributor, if there is one
 * @vcpu: the vCPU
 *
 * Return: 0, also where none is there yet; -EINVAL if the frames do not fit;
 * errors of the bus.
 */
int avcpu_vgic_place_redist(struct avcpu_vcpu *vcpu)
{
	struct mutex *lock = &vcpu->vm->vgic.lock;
	int ret;

	lockdep_assert_held(&vcpu->vm->slots_lock);
	if (vcpu->vgic.region)
		return 0;
	mutex_lock(lock);
	ret = take_place(vcpu);
	mutex_unlock(lock);
	if (ret || !vcpu->vgic.region)
		return ret;

	ret = avcpu_io_bus_register(vcpu->vm, &vcpu->vgic.rd);
	if (ret) {
		mutex_lock(lock);
		leave_place(vcpu);
		mutex_unlock(lock);
	}
	return ret;
}

/**
 * avcpu_vgic_remove_redist() - take it off the bus: no access is under way after
 * @vcpu: the vCPU
 */
void avcpu_vgic_remove_redist(struct avcpu_vcpu *vcpu)
{
	struct mutex *lock = &vcpu->vm->vgic.lock;

	lockdep_assert_held(&vcpu->vm->slots_lock);
	if (!vcpu->vgic.region)
		return;
	avcpu_io_bus_unregister(vcpu->vm, &vcpu->vgic.rd);
	mutex_lock(lock);
	leave_place(vcpu);
	mutex_unlock(lock);
}

/* KVM's rules for the order and the mix of the two attributes */
static int check_region(struct avcpu_vm *vm, u32 index, u64 base, u64 size, u32 count)
{
	struct avcpu_vgic_redist_region *last;

	if (base + size < base)
		return -EINVAL;
	if (list_empty(&vm->vgic.regions)) {
		if (index)
			return -EINVAL;
	} else {
		last = list_last_entry(&vm->vgic.regions,
				       struct avcpu_vgic_redist_region, link);
		if (!count && !last->count)
			return -EEXIST;
		if (!count || !last->count || index != last->index + 1)
			return -EINVAL;
	}
	if (!count && overlaps_dist(vm, base, size))
		return -EINVAL;
	if (overlaps_region(vm, base, size))
		return -EINVAL;
	return avcpu_vgic_check_range(vm, base, size);
}

static int add_region(struct avcpu_vm *vm, u32 index, u64 base, u32 count,
		      struct avcpu_vgic_redist_region **region)
{
	struct avcpu_vgic_redist_region new = { .base = base, .index = index, .count = count };
	int ret;

	ret = check_region(vm, index, base, region_size(vm, &new), count);
	if (ret)
		return ret;
	*region = kmemdup(&new, sizeof(new), GFP_KERNEL_ACCOUNT);
	if (!*region)
		return -ENOMEM;
	list_add_tail(&(*region)->link, &vm->vgic.regions);
	return 0;
}

static int place_all(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	int ret;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm) {
		ret = avcpu_vgic_place_redist(vcpu);
		if (ret)
			return ret;
	}
	return 0;
}

/* Nobody keeps a pointer into it: all that were placed there are removed first. */
static void remove_region(struct avcpu_vm *vm, struct avcpu_vgic_redist_region *region)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm)
		if (vcpu->vgic.region == region)
			avcpu_vgic_remove_redist(vcpu);
	mutex_lock(&vm->vgic.lock);
	list_del(&region->link);
	mutex_unlock(&vm->vgic.lock);
	kfree(region);
}

/**
 * avcpu_vgic_set_redist() - KVM_VGIC_V3_ADDR_TYPE_REDIST (@count 0) or _REGION
 * @vm: its VM
 * @index: the region's number
 * @base: guest physical address of the first
 * @count: redistributors that fit, 0: one for each vCPU
 *
 * Return: 0; -EINVAL, -EEXIST, -E2BIG as KVM has them; -ENOMEM.
 */
int avcpu_vgic_set_redist(struct avcpu_vm *vm, u32 index, u64 base, u32 count)
{
	struct avcpu_vgic_redist_region *region;
	int ret;

	lockdep_assert_held(&vm->slots_lock);
	mutex_lock(&vm->vgic.lock);
	ret = add_region(vm, index, base, count, &region);
	mutex_unlock(&vm->vgic.lock);
	if (ret)
		return ret;

	ret = place_all(vm);
	if (ret)
		remove_region(vm, region);
	return ret;
}

/**
 * avcpu_vgic_get_redist() - the attribute KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION
 * @vm: its VM
 * @index: the region's number
 * @val: the attribute
 *
 * Return: 0, or -ENOENT if there is no region @index.
 */
int avcpu_vgic_get_redist(struct avcpu_vm *vm, u32 index, u64 *val)
{
	struct avcpu_vgic_redist_region *r;
	int ret = -ENOENT;

	mutex_lock(&vm->vgic.lock);
	list_for_each_entry(r, &vm->vgic.regions, link) {
		if (r->index != index)
			continue;
		*val = FIELD_PREP(REGION_COUNT, r->count) | r->base | index;
		ret = 0;
	}
	mutex_unlock(&vm->vgic.lock);
	return ret;
}

/* The VM goes: no vCPU is left. */
void avcpu_vgic_free_regions(struct avcpu_vm *vm)
{
	struct avcpu_vgic_redist_region *r, *next;

	list_for_each_entry_safe(r, next, &vm->vgic.regions, link)
		kfree(r);
	INIT_LIST_HEAD(&vm->vgic.regions);
}

static bool region_goes_on_at(struct avcpu_vgic *vgic, u64 base)
{
	struct avcpu_vgic_redist_region *r;

	list_for_each_entry(r, &vgic->regions, link)
		if (r->base == base && r->used)
			return true;
	return false;
}

static bool is_last(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vgic_redist_region *r = vcpu->vgic.region;

	if (!r || vcpu->vgic.rd_index + 1 < r->used)
		return false;
	/* A full region may go on in the next one. */
	return vcpu->vgic.rd_index + 1 != r->count ||
	       !region_goes_on_at(&vcpu->vm->vgic, r->base + region_size(vcpu->vm, r));
}

/**
 * avcpu_vgic_redist_is_last() - GICR_TYPER.Last: the next frame is no redistributor
 * @vcpu: whose redistributor
 */
bool avcpu_vgic_redist_is_last(struct avcpu_vcpu *vcpu)
{
	struct mutex *lock = &vcpu->vm->vgic.lock;
	bool ret;

	mutex_lock(lock);
	ret = is_last(vcpu);
	mutex_unlock(lock);
	return ret;
}
