/* SPDX-License-Identifier: GPL-2.0 */
/* Memory slots: which of the process's memory is the guest's, and where. */
#ifndef AVCPU_MEMSLOT_H
#define AVCPU_MEMSLOT_H

#include <linux/interval_tree.h>
#include <linux/kvm.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct avcpu_vm;
struct avcpu_vcpu;

#define AVCPU_USER_MEM_SLOTS	32767
#define AVCPU_MEM_MAX_PAGES	((1UL << 31) - 1)

/**
 * struct avcpu_memslot - one KVM_SET_USER_MEMORY_REGION, never changed in place
 * @base_gfn: first guest frame
 * @npages: length in pages
 * @hva: user address of the first page
 * @flags: KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY
 * @id: the caller's number
 * @dirty_bitmap: a bit a page where dirty logging is on, or NULL
 * @pins: pages held by the slot in a kernel without MMU notifiers, or NULL
 * @hva_node: in vm->hva_tree, by address of the process
 * @rcu: for call_srcu()
 */
struct avcpu_memslot {
	u64 base_gfn;
	unsigned long npages;
	unsigned long hva;
	u32 flags;
	u16 id;
	unsigned long *dirty_bitmap;
	struct avcpu_pins *pins;
#ifdef CONFIG_MMU_NOTIFIER
	struct interval_tree_node hva_node;
#endif
	struct rcu_head rcu;
};

/**
 * struct avcpu_memslots - all slots of a VM, sorted by base_gfn; under SRCU
 * @used: number of valid entries in @slot; read it with acquire, for a slot
 *	above all others is put behind them where there is room
 * @room: number of entries allocated
 * @rcu: for call_srcu()
 * @slot: read each with READ_ONCE(): flags change by replacing one
 */
struct avcpu_memslots {
	u32 used;
	u32 room;
	struct rcu_head rcu;
	struct avcpu_memslot *slot[];
};

/* Pairs with the release that lets a slot be found behind all others. */
static inline u32 avcpu_slots_used(const struct avcpu_memslots *slots)
{
	return smp_load_acquire(&slots->used);
}

/* Slot number @i in order of address, NULL behind the last. */
static inline struct avcpu_memslot *avcpu_slot_at(const struct avcpu_memslots *slots,
						  u32 i)
{
	return i < avcpu_slots_used(slots) ? READ_ONCE(slots->slot[i]) : NULL;
}

#define avcpu_for_each_slot(i, memslot, slots) \
	for ((i) = 0; ((memslot) = avcpu_slot_at((slots), (i))); (i)++)

/* What brought the guest to stage 2's fault, read from ESR_EL2 by arch code. */
struct avcpu_fault {
	u64 ipa;		/* of the access, with its offset in the page */
	u64 va;			/* likewise, as the guest had it: FAR_EL2 */
	bool write;
	bool exec;
	bool s1ptw;		/* by a walk of the guest's own stage-1 tables */
	bool permission;	/* permission, not translation or access flag */
	bool access_flag;
	u8 level;
};

/* Results of avcpu_mmu_fault() besides negative errno. */
enum avcpu_fault_result {
	AVCPU_FAULT_FIXED,	/* re-enter the guest */
	AVCPU_FAULT_MMIO,	/* no memory to write to, or to execute */
};

/* memslot.c */
int avcpu_memslots_init(struct avcpu_vm *vm);
void avcpu_memslots_destroy(struct avcpu_vm *vm);
int avcpu_set_memory_region(struct avcpu_vm *vm,
			    const struct kvm_userspace_memory_region *mem);
struct avcpu_memslot *avcpu_gfn_to_slot(struct avcpu_vm *vm, u64 gfn);
bool avcpu_has_memory(struct avcpu_vm *vm, u64 first, u64 last);

/* dirty.c */
int avcpu_get_dirty_log(struct avcpu_vm *vm, struct kvm_dirty_log *log);
int avcpu_clear_dirty_log(struct avcpu_vm *vm, struct kvm_clear_dirty_log *log);
void avcpu_mark_dirty(struct avcpu_vm *vm, u64 gfn);

/* mmu.c: faults, and what a change of the slots means to stage 2 */
int avcpu_mmu_init(struct avcpu_vm *vm);
void avcpu_mmu_destroy(struct avcpu_vm *vm);
const struct avcpu_memslot *avcpu_mmu_slot(struct avcpu_vm *vm, u64 ipa, u64 *seq);
int avcpu_mmu_fault(struct avcpu_vcpu *vcpu, const struct avcpu_fault *fault,
		    const struct avcpu_memslot *slot, u64 seq);
void avcpu_mmu_unmap_all(struct avcpu_vm *vm);

/* guestmem.c: guest memory from the kernel's side; vm->srcu held */
int avcpu_read_guest(struct avcpu_vm *vm, u64 gpa, void *data, size_t len);
int avcpu_write_guest(struct avcpu_vm *vm, u64 gpa, const void *data, size_t len);
bool avcpu_gpa_is_memory(struct avcpu_vm *vm, u64 gpa);

#endif
