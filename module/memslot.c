// SPDX-License-Identifier: GPL-2.0
/*
 * Memory slots: KVM_SET_USER_MEMORY_REGION and finding a slot.
 *
 * Readers hold vm->srcu and see one of two states, before or after a change.
 * Slots are never changed, only replaced. The array they are found in is
 * replaced too, but for two cases that cost no copy: a slot behind all others
 * is added in place, and one takes the place of another at the same address.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>

#include "mmu.h"

#define FIRST_ROOM	8

static void free_slot(struct avcpu_memslot *slot, bool with_log)
{
	if (with_log)
		kvfree(slot->dirty_bitmap);
	kfree(slot);
}

/* The log goes on in another slot. */
static void free_slot_rcu(struct rcu_head *rcu)
{
	free_slot(container_of(rcu, struct avcpu_memslot, rcu), false);
}

static void free_slot_and_log_rcu(struct rcu_head *rcu)
{
	free_slot(container_of(rcu, struct avcpu_memslot, rcu), true);
}

static void free_slots_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct avcpu_memslots, rcu));
}

static struct avcpu_memslots *alloc_slots(u32 room)
{
	struct avcpu_memslots *slots;

	slots = kvmalloc(struct_size(slots, slot, room), GFP_KERNEL_ACCOUNT);
	if (!slots)
		return NULL;
	slots->used = 0;
	slots->room = room;
	return slots;
}

/* The array, for who may change it. */
static struct avcpu_memslots *writable_slots(struct avcpu_vm *vm)
{
	return rcu_dereference_protected(vm->slots, lockdep_is_held(&vm->slots_lock));
}

/* Number of slots, of @used, that begin at or below @gfn. */
static u32 count_upto(const struct avcpu_memslots *slots, u32 used, u64 gfn)
{
	u32 low = 0, high = used;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (READ_ONCE(slots->slot[mid])->base_gfn <= gfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * avcpu_gfn_to_slot() - the slot that has a guest frame
 * @vm: the VM
 * @gfn: guest physical address in pages
 *
 * Context: vm->srcu held for as long as the slot is used.
 * Return: the slot or NULL.
 */
struct avcpu_memslot *avcpu_gfn_to_slot(struct avcpu_vm *vm, u64 gfn)
{
	struct avcpu_memslots *slots = srcu_dereference(vm->slots, &vm->srcu);
	struct avcpu_memslot *slot;
	u32 n;

	n = count_upto(slots, avcpu_slots_used(slots), gfn);
	if (!n)
		return NULL;
	slot = READ_ONCE(slots->slot[n - 1]);
	return gfn - slot->base_gfn < slot->npages ? slot : NULL;
}

struct avcpu_memslot *avcpu_slot_by_id(struct avcpu_vm *vm, u16 id)
{
	return xa_load(&vm->slot_ids, id);
}

/* Is a slot other than @old somewhere in these frames? */
static bool overlaps(struct avcpu_vm *vm, u64 first, u64 last,
		     const struct avcpu_memslot *old)
{
	const struct avcpu_memslots *slots = writable_slots(vm);
	u32 n = count_upto(slots, slots->used, last);

	/* Slots do not overlap each other: the last of them reaches highest. */
	if (n && slots->slot[n - 1] == old)
		n--;
	return n && slots->slot[n - 1]->base_gfn + slots->slot[n - 1]->npages > first;
}

/**
 * avcpu_has_memory() - is there a slot in a range?
 * @vm: the VM
 * @first: guest physical address of its first byte
 * @last: of its last
 *
 * Context: vm->slots_lock held.
 * Return: there is.
 */
bool avcpu_has_memory(struct avcpu_vm *vm, u64 first, u64 last)
{
	return overlaps(vm, first >> PAGE_SHIFT, last >> PAGE_SHIFT, NULL);
}

/*
 * What readers see is changed between these two. Faults that looked up a slot
 * before map no more afterwards: they read vm->mmu_seq first, the slots second,
 * and find the number changed.
 *
 * A slot is known to the notifiers before a fault can find it, and for as long
 * as anything of it may be mapped: see retire().
 */
static void begin_change(struct avcpu_vm *vm)
	__acquires(&vm->mmu_lock)
{
	spin_lock(&vm->mmu_lock);
}

static void end_change(struct avcpu_vm *vm)
	__releases(&vm->mmu_lock)
{
	/* Who reads the new number finds the new slots. Pairs with smp_rmb(). */
	smp_wmb();
	vm->mmu_seq++;
	spin_unlock(&vm->mmu_lock);
}

static void take_out(struct avcpu_memslots *slots, const struct avcpu_memslot *slot)
{
	u32 n = count_upto(slots, slots->used, slot->base_gfn);

	memmove(&slots->slot[n - 1], &slots->slot[n],
		(slots->used - n) * sizeof(slots->slot[0]));
	slots->used--;
}

static void put_in(struct avcpu_memslots *slots, struct avcpu_memslot *slot)
{
	u32 n = count_upto(slots, slots->used, slot->base_gfn);

	memmove(&slots->slot[n + 1], &slots->slot[n],
		(slots->used - n) * sizeof(slots->slot[0]));
	slots->slot[n] = slot;
	slots->used++;
}

/* A copy of the array without @old and with @new, either of which may be NULL. */
static int replace_array(struct avcpu_vm *vm, const struct avcpu_memslot *old,
			 struct avcpu_memslot *new)
{
	struct avcpu_memslots *from = writable_slots(vm);
	struct avcpu_memslots *to;
	u32 room = from->room;

	if (from->used == room)
		room = min_t(u32, 2 * room, AVCPU_USER_MEM_SLOTS);
	to = alloc_slots(room);
	if (!to)
		return -ENOMEM;
	to->used = from->used;
	memcpy(to->slot, from->slot, flex_array_size(to, slot, to->used));
	if (old)
		take_out(to, old);
	if (new)
		put_in(to, new);
	begin_change(vm);
	if (new)
		avcpu_notifier_add(vm, new);
	rcu_assign_pointer(vm->slots, to);
	end_change(vm);
	call_srcu(&vm->srcu, &from->rcu, free_slots_rcu);
	return 0;
}

static int add_to_array(struct avcpu_vm *vm, struct avcpu_memslot *new)
{
	struct avcpu_memslots *slots = writable_slots(vm);
	u32 used = slots->used;

	if (used == slots->room ||
	    (used && slots->slot[used - 1]->base_gfn > new->base_gfn))
		return replace_array(vm, NULL, new);
	begin_change(vm);
	avcpu_notifier_add(vm, new);
	slots->slot[used] = new;
	/* Found only when complete: avcpu_slots_used(). */
	smp_store_release(&slots->used, used + 1);
	end_change(vm);
	return 0;
}

/* @new differs from @old in flags only. */
static void replace_in_place(struct avcpu_vm *vm, struct avcpu_memslot *old,
			     struct avcpu_memslot *new)
{
	struct avcpu_memslots *slots = writable_slots(vm);
	u32 n = count_upto(slots, slots->used, old->base_gfn);

	begin_change(vm);
	avcpu_notifier_remove(vm, old);
	avcpu_notifier_add(vm, new);
	/* All of @new is written before it can be found. */
	smp_store_release(&slots->slot[n - 1], new);
	end_change(vm);
}

/*
 * The guest has the memory no more when this returns, nor reaches it through
 * what the kernel does for it. @old may be freed.
 */
static void retire(struct avcpu_vm *vm, struct avcpu_memslot *old)
{
	spin_lock(&vm->mmu_lock);
	avcpu_mmu_unmap(vm, avcpu_slot_ipa(old), avcpu_slot_size(old), true);
	avcpu_notifier_remove(vm, old);
	spin_unlock(&vm->mmu_lock);
	synchronize_srcu_expedited(&vm->srcu);
	avcpu_io_bus_uncover(vm);
	avcpu_pins_free(vm, old);
}

static int delete_slot(struct avcpu_vm *vm, struct avcpu_memslot *old)
{
	int ret;

	ret = replace_array(vm, old, NULL);
	if (ret)
		return ret;
	xa_erase(&vm->slot_ids, old->id);
	vm->slot_pages -= old->npages;
	retire(vm, old);
	free_slot(old, true);
	return 0;
}

/* The number is taken before the slot is found by address: it cannot fail then. */
static int create_slot(struct avcpu_vm *vm, struct avcpu_memslot *new)
{
	int ret;

	ret = xa_err(xa_store(&vm->slot_ids, new->id, new, GFP_KERNEL_ACCOUNT));
	if (ret)
		return ret;
	ret = add_to_array(vm, new);
	if (ret)
		xa_erase(&vm->slot_ids, new->id);
	else
		vm->slot_pages += new->npages;
	return ret;
}

static int move_slot(struct avcpu_vm *vm, struct avcpu_memslot *old,
		     struct avcpu_memslot *new)
{
	int ret;

	ret = replace_array(vm, old, new);
	if (ret)
		return ret;
	xa_store(&vm->slot_ids, new->id, new, GFP_KERNEL_ACCOUNT);
	retire(vm, old);
	free_slot(old, old->dirty_bitmap != new->dirty_bitmap);
	return 0;
}

static void change_flags(struct avcpu_vm *vm, struct avcpu_memslot *old,
			 struct avcpu_memslot *new)
{
	replace_in_place(vm, old, new);
	xa_store(&vm->slot_ids, new->id, new, GFP_KERNEL_ACCOUNT);
	call_srcu(&vm->srcu, &old->rcu, old->dirty_bitmap == new->dirty_bitmap ?
		  free_slot_rcu : free_slot_and_log_rcu);
}

/*
 * Logging begins: the first write to each page must be noticed. Where all
 * pages count as written at first, that is due as they are cleared.
 */
static void start_log(struct avcpu_vm *vm, const struct avcpu_memslot *slot)
{
	bool flush;

	if (vm->manual_dirty_log & KVM_DIRTY_LOG_INITIALLY_SET)
		return;
	spin_lock(&vm->mmu_lock);
	flush = avcpu_mmu_wrprotect_slot(vm, slot);
	spin_unlock(&vm->mmu_lock);
	if (flush)
		avcpu_s2_flush_tlb(vm, avcpu_slot_ipa(slot), avcpu_slot_size(slot));
}

/* Frames of a driver's mapping have no one who would look at the log. */
static int check_vmas(const struct avcpu_memslot *new)
{
	unsigned long end = new->hva + avcpu_slot_size(new);
	unsigned long addr = new->hva;
	struct vm_area_struct *vma;
	int ret = 0;

	if (!(new->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return 0;
	mmap_read_lock(current->mm);
	while (addr < end && !ret) {
		vma = find_vma_intersection(current->mm, addr, end);
		if (!vma)
			break;
		if (vma->vm_flags & VM_PFNMAP)
			ret = -EINVAL;
		addr = vma->vm_end;
	}
	mmap_read_unlock(current->mm);
	return ret;
}

static int check_place(struct avcpu_vm *vm, const struct avcpu_memslot *new)
{
	if (new->base_gfn + new->npages > BIT_ULL(vm->ipa_bits) >> PAGE_SHIFT)
		return -EFAULT;
	return check_vmas(new);
}

/* What outlives a change of flags, and the log a move, goes from slot to slot. */
static int take_parts(struct avcpu_vm *vm, const struct avcpu_memslot *old,
		      struct avcpu_memslot *new)
{
	int ret = 0;

	if (old && old->base_gfn == new->base_gfn)
		new->pins = old->pins;
	else
		ret = avcpu_pins_alloc(new);
	if (ret || !(new->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return ret;
	if (old && old->dirty_bitmap)
		new->dirty_bitmap = old->dirty_bitmap;
	else
		ret = avcpu_dirty_alloc(vm, new);
	return ret;
}

static void drop_parts(struct avcpu_vm *vm, const struct avcpu_memslot *old,
		       struct avcpu_memslot *new)
{
	if (!old || old->pins != new->pins)
		avcpu_pins_free(vm, new);
	if (!old || old->dirty_bitmap != new->dirty_bitmap)
		kvfree(new->dirty_bitmap);
}

/* @old is NULL for a new one, and may be free afterwards. */
static int commit(struct avcpu_vm *vm, struct avcpu_memslot *old,
		  struct avcpu_memslot *new)
{
	if (!old)
		return create_slot(vm, new);
	if (old->base_gfn != new->base_gfn)
		return move_slot(vm, old, new);
	change_flags(vm, old, new);
	return 0;
}

static int install(struct avcpu_vm *vm, struct avcpu_memslot *old,
		   struct avcpu_memslot *new)
{
	bool log_starts = new->flags & KVM_MEM_LOG_DIRTY_PAGES &&
			  !(old && old->dirty_bitmap);
	int ret;

	ret = check_place(vm, new);
	if (ret)
		return ret;
	avcpu_io_bus_cover(vm, avcpu_slot_ipa(new), avcpu_slot_size(new));
	ret = take_parts(vm, old, new);
	if (!ret)
		ret = commit(vm, old, new);
	if (ret)
		drop_parts(vm, old, new);
	else if (log_starts)
		start_log(vm, new);
	return ret;
}

/* What an existing slot may become: something else takes a delete. */
static bool may_become(const struct avcpu_memslot *old, const struct avcpu_memslot *new)
{
	return old->hva == new->hva && old->npages == new->npages &&
	       !((old->flags ^ new->flags) & KVM_MEM_READONLY);
}

static bool unchanged(const struct avcpu_memslot *old, const struct avcpu_memslot *new)
{
	return old->base_gfn == new->base_gfn && old->flags == new->flags;
}

static int create_or_change(struct avcpu_vm *vm, struct avcpu_memslot *old,
			    const struct avcpu_memslot *wanted)
{
	struct avcpu_memslot *new;
	unsigned long total;
	int ret;

	if (!old && check_add_overflow(vm->slot_pages, wanted->npages, &total))
		return -EINVAL;
	if (old && !may_become(old, wanted))
		return -EINVAL;
	if (old && unchanged(old, wanted))
		return 0;
	if ((!old || old->base_gfn != wanted->base_gfn) &&
	    overlaps(vm, wanted->base_gfn, wanted->base_gfn + wanted->npages - 1, old))
		return -EEXIST;

	new = kmemdup(wanted, sizeof(*wanted), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	ret = install(vm, old, new);
	if (ret)
		kfree(new);
	return ret;
}

/* What is wrong whatever slots there are. The address space bits are x86's. */
static int check_region(const struct kvm_userspace_memory_region *mem)
{
	u64 end;

	if (mem->slot >= AVCPU_USER_MEM_SLOTS)
		return -EINVAL;
	if (mem->flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY))
		return -EINVAL;
	if (!PAGE_ALIGNED(mem->memory_size | mem->guest_phys_addr | mem->userspace_addr))
		return -EINVAL;
	if (mem->userspace_addr != untagged_addr(mem->userspace_addr) ||
	    !access_ok((void __user *)(unsigned long)mem->userspace_addr,
		       mem->memory_size))
		return -EINVAL;
	if (check_add_overflow(mem->guest_phys_addr, mem->memory_size, &end))
		return -EINVAL;
	if (mem->memory_size >> PAGE_SHIFT > AVCPU_MEM_MAX_PAGES)
		return -EINVAL;
	return 0;
}

/**
 * avcpu_set_memory_region() - KVM_SET_USER_MEMORY_REGION
 * @vm: the VM of the current process
 * @mem: a copy of the caller's; a size of 0 deletes
 *
 * May sleep for as long as a vCPU handles an exit.
 *
 * Return: 0; -EINVAL for what is not aligned, too large, wraps, is not the
 * user's address, has unknown flags or changes what may not be; -EEXIST: over
 * another slot; -EFAULT: beyond the guest's physical address space; -ENOMEM.
 */
int avcpu_set_memory_region(struct avcpu_vm *vm,
			    const struct kvm_userspace_memory_region *mem)
{
	const struct avcpu_memslot wanted = {
		.base_gfn = mem->guest_phys_addr >> PAGE_SHIFT,
		.npages = mem->memory_size >> PAGE_SHIFT,
		.hva = mem->userspace_addr,
		.flags = mem->flags,
		.id = mem->slot,
	};
	struct avcpu_memslot *old;
	int ret;

	ret = check_region(mem);
	if (ret)
		return ret;
	mutex_lock(&vm->slots_lock);
	old = avcpu_slot_by_id(vm, wanted.id);
	if (wanted.npages)
		ret = create_or_change(vm, old, &wanted);
	else
		ret = old ? delete_slot(vm, old) : -EINVAL;
	mutex_unlock(&vm->slots_lock);
	return ret;
}

/**
 * avcpu_memslots_init() - a VM without memory
 * @vm: under creation; vm->srcu is initialised
 *
 * Return: 0 or -ENOMEM.
 */
int avcpu_memslots_init(struct avcpu_vm *vm)
{
	struct avcpu_memslots *slots = alloc_slots(FIRST_ROOM);

	if (!slots)
		return -ENOMEM;
	xa_init(&vm->slot_ids);
	RCU_INIT_POINTER(vm->slots, slots);
	return 0;
}

/**
 * avcpu_memslots_destroy() - free all slots
 * @vm: no reader is left, nor will there be; its stage 2 needs none of them.
 *	The caller may clean up vm->srcu afterwards.
 */
void avcpu_memslots_destroy(struct avcpu_vm *vm)
{
	struct avcpu_memslots *slots = rcu_dereference_protected(vm->slots, true);
	u32 i;

	/* What call_srcu() was given. */
	srcu_barrier(&vm->srcu);
	for (i = 0; i < slots->used; i++) {
		avcpu_pins_free(vm, slots->slot[i]);
		free_slot(slots->slot[i], true);
	}
	kvfree(slots);
	RCU_INIT_POINTER(vm->slots, NULL);
	xa_destroy(&vm->slot_ids);
}
