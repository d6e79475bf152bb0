// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 faults: from the guest's address to a page of the process, and what
 * a change of the slots or of the process's memory means to stage 2.
 *
 * A fault does its long work, finding the page, without a lock. What it found
 * may be void when it takes vm->mmu_lock: the process has unmapped the page,
 * or the slot has gone. Both leave their mark in vm->mmu_seq, which the fault
 * read before it began. If it moved, the guest simply tries again.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "mmu.h"

/**
 * avcpu_mmu_unmap() - take a range of any size out of stage 2
 * @vm: the VM; vm->mmu_lock held
 * @ipa: first byte, page aligned
 * @size: bytes
 * @may_drop: let others have the lock, and the CPU, on the way. The caller has
 *	made sure that nothing is mapped anew there meanwhile.
 */
void avcpu_mmu_unmap(struct avcpu_vm *vm, u64 ipa, u64 size, bool may_drop)
	__must_hold(&vm->mmu_lock)
{
	u64 end = ipa + size;
	u64 next;

	for (; ipa < end; ipa = next) {
		next = min(end, ALIGN_DOWN(ipa, AVCPU_S2_CHUNK) + AVCPU_S2_CHUNK);
		avcpu_s2_unmap(vm, ipa, next - ipa);
		if (may_drop && next < end)
			cond_resched_lock(&vm->mmu_lock);
	}
}

/**
 * avcpu_mmu_wrprotect_slot() - have the first write to each page noticed
 * @vm: the VM; vm->mmu_lock held, dropped on the way
 * @slot: with dirty logging; already published
 *
 * Return: TLBs must be flushed.
 */
bool avcpu_mmu_wrprotect_slot(struct avcpu_vm *vm, const struct avcpu_memslot *slot)
	__must_hold(&vm->mmu_lock)
{
	u64 ipa = avcpu_slot_ipa(slot);
	u64 end = ipa + avcpu_slot_size(slot);
	bool changed = false;
	u64 next;

	for (; ipa < end; ipa = next) {
		next = min(end, ALIGN_DOWN(ipa, AVCPU_S2_CHUNK) + AVCPU_S2_CHUNK);
		changed |= avcpu_s2_wrprotect(vm, ipa, next - ipa);
		if (next < end)
			cond_resched_lock(&vm->mmu_lock);
	}
	return changed;
}

/**
 * avcpu_mmu_unmap_all() - empty stage 2; what the guest uses faults in again
 * @vm: the VM
 *
 * Context: may sleep; vm->mmu_lock not held.
 */
void avcpu_mmu_unmap_all(struct avcpu_vm *vm)
{
	struct avcpu_memslots *slots;
	struct avcpu_memslot *slot;
	int idx;
	u32 i;

	idx = srcu_read_lock(&vm->srcu);
	slots = srcu_dereference(vm->slots, &vm->srcu);
	avcpu_for_each_slot(i, slot, slots) {
		spin_lock(&vm->mmu_lock);
		avcpu_mmu_unmap(vm, avcpu_slot_ipa(slot), avcpu_slot_size(slot), true);
		spin_unlock(&vm->mmu_lock);
		cond_resched();
	}
	srcu_read_unlock(&vm->srcu, idx);
}

/* What the walk of one fault gathers. */
struct fault_work {
	struct avcpu_vm *vm;
	const struct avcpu_fault *fault;
	const struct avcpu_memslot *slot;
	unsigned long seq;
	u64 gfn;
	unsigned long hva;
	struct avcpu_host_page host;
	u64 size;		/* to be mapped around the fault */
	unsigned int prot;
};

/* The host has let the guest write: it must not take the page for clean. */
static void host_page_dirty(phys_addr_t pa)
{
	struct folio *folio = page_folio(pfn_to_page(PHYS_PFN(pa)));

	/*
	 * The flag only: file systems have been asked when the process's entry
	 * became writable, and are again after they have cleaned the page, for
	 * that goes through the notifiers.
	 */
	if (!folio_test_dirty(folio))
		folio_set_dirty(folio);
}

/*
 * Permission and access flag faults on what is mapped already: no need to look
 * for the page. Return: done, the guest can go on.
 */
static bool grant(struct fault_work *work)
{
	const struct avcpu_fault *fault = work->fault;
	struct avcpu_vm *vm = work->vm;
	unsigned int prot = 0;
	phys_addr_t pa;
	u64 size = 0;

	if (!fault->permission && !fault->access_flag)
		return false;
	if (fault->write)
		prot = AVCPU_S2_W;
	else if (fault->exec)
		prot = AVCPU_S2_X;

	spin_lock(&vm->mmu_lock);
	/* The slot may have begun or ceased to be logged. */
	if (vm->mmu_seq == work->seq)
		size = avcpu_s2_grant(vm, fault->ipa, prot,
				      work->slot->dirty_bitmap, &pa);
	if (size && fault->write) {
		host_page_dirty(pa);
		avcpu_dirty_mark(work->slot, work->gfn);
	}
	spin_unlock(&vm->mmu_lock);
	if (size && fault->permission)
		avcpu_s2_flush_fault(vm, fault->ipa, fault->va, size);
	return size;
}

/* What may be mapped, and how much of it; all of it is checked under the lock. */
static void decide(struct fault_work *work)
{
	const struct avcpu_fault *fault = work->fault;
	const struct avcpu_host_page *host = &work->host;
	bool writable = host->writable && !(work->slot->flags & KVM_MEM_READONLY);

	if (host->device) {
		work->prot = AVCPU_S2_R | AVCPU_S2_DEVICE;
		if (writable)
			work->prot |= AVCPU_S2_W;
		return;
	}
	work->prot = AVCPU_S2_R;
	if (writable && host->page)
		work->prot |= AVCPU_S2_HOST_W;
	/* A logged page is written to by a write only. */
	if (writable && (fault->write || !work->slot->dirty_bitmap))
		work->prot |= AVCPU_S2_W;
	/*
	 * Instructions are looked for only where they are executed, for the
	 * caches' sake; where the hardware needs no maintenance, anywhere.
	 */
	if (fault->exec || avcpu_hw.dic)
		work->prot |= AVCPU_S2_X;
}

/* Does @slot have all of the block around @gfn, at the same place in it? */
static bool block_fits(const struct avcpu_memslot *slot, u64 gfn, u64 size)
{
	u64 pages = size >> PAGE_SHIFT;
	u64 first = ALIGN_DOWN(gfn, pages);

	if ((avcpu_slot_hva(slot, gfn) ^ (gfn << PAGE_SHIFT)) & (size - 1))
		return false;
	return first >= slot->base_gfn &&
	       first + pages <= slot->base_gfn + slot->npages;
}

/* The largest piece around the fault that is one in the process and can be here. */
static u64 block_size(const struct fault_work *work)
{
	u64 size = avcpu_host_page_size(&work->host, work->hva);

	while (size > PAGE_SIZE) {
		size = avcpu_s2_block_size(work->vm, size);
		if (block_fits(work->slot, work->gfn, size))
			return size;
		size /= 2;
	}
	return PAGE_SIZE;
}

/* 0: it is mapped, or nothing would have to be cleaned. */
static u64 hole_to_clean(const struct fault_work *work)
{
	u64 hole;

	if (avcpu_hw.fwb || !work->host.page)
		return 0;
	spin_lock(&work->vm->mmu_lock);
	hole = avcpu_s2_hole(work->vm, work->fault->ipa);
	spin_unlock(&work->vm->mmu_lock);
	return hole;
}

/*
 * How much to map. Writes are logged by the page.
 *
 * To clean a block takes longer than all else that a fault is, and many a block is
 * touched in one place only, or not soon again. So the first touch gets a page, and the
 * second one in what would be a block the block, in the place of the table with that
 * page.
 */
static u64 leaf_size(const struct fault_work *work)
{
	u64 most = avcpu_host_page_most(&work->host);
	u64 hole, size;

	if (work->slot->dirty_bitmap || most == PAGE_SIZE)
		return PAGE_SIZE;
	hole = hole_to_clean(work);
	if (hole >= most)
		return PAGE_SIZE;
	size = block_size(work);
	if (!hole)
		return size;
	return hole < size ? min_t(u64, size, hole * PTRS_PER_PTE) : PAGE_SIZE;
}

static void prepare_caches(const struct fault_work *work, phys_addr_t pa)
{
	if (work->host.device)
		return;
	/* The guest may go past the caches, where the host's lines are dirty. */
	if (!avcpu_hw.fwb)
		avcpu_s2_clean_page(pa, work->size);
	if (work->fault->exec)
		avcpu_s2_inval_icache(pa, work->size);
}

static int map(struct fault_work *work, struct avcpu_s2_cache *cache)
{
	unsigned long hva = ALIGN_DOWN(work->hva, work->size);
	u64 ipa = ALIGN_DOWN(work->fault->ipa, work->size);
	phys_addr_t pa = ALIGN_DOWN(work->host.pa, work->size);
	struct avcpu_vm *vm = work->vm;
	int ret = -EAGAIN;

	prepare_caches(work, pa);

	spin_lock(&vm->mmu_lock);
	if (avcpu_notifier_retry(vm, work->seq, hva, hva + work->size))
		goto out;
	ret = avcpu_s2_map(vm, ipa, work->size, pa, work->prot, cache);
	if (ret || !(work->prot & AVCPU_S2_W))
		goto out;
	if (work->host.page)
		host_page_dirty(pa);
	avcpu_dirty_mark(work->slot, work->gfn);
out:
	spin_unlock(&vm->mmu_lock);
	if (!ret && work->fault->permission)
		avcpu_s2_flush_fault(vm, work->fault->ipa, work->fault->va, work->size);
	return ret;
}

static int map_in(struct fault_work *work, struct avcpu_s2_cache *cache)
{
	int ret;

	ret = avcpu_s2_cache_fill(cache);
	if (ret)
		return ret;
	ret = avcpu_host_page_get(work->vm, work->slot, work->gfn, work->fault->write,
				  &work->host);
	if (ret)
		return ret;
	if (work->host.device && work->fault->exec) {
		ret = AVCPU_FAULT_MMIO;
		goto out;
	}
	decide(work);
	work->size = leaf_size(work);
	ret = map(work, cache);
out:
	avcpu_host_page_put(&work->host);
	return ret;
}

/*
 * The memory has failed: that is the process's to know, by SIGBUS, as if it had
 * read it itself. It leaves KVM_RUN for it, so that nothing goes in circles.
 */
static int tell_poison(const struct fault_work *work)
{
	send_sig_mceerr(BUS_MCEERR_AR, (void __user *)work->hva, PAGE_SHIFT, current);
	return -EINTR;
}

/**
 * avcpu_mmu_slot() - the slot in which the guest faulted
 * @vm: the VM
 * @ipa: of the fault
 * @seq: for avcpu_mmu_fault()
 *
 * Context: vm->srcu held.
 * Return: the slot; NULL: nothing is there, or a device.
 */
const struct avcpu_memslot *avcpu_mmu_slot(struct avcpu_vm *vm, u64 ipa, u64 *seq)
{
	*seq = READ_ONCE(vm->mmu_seq);
	/* Before anything that a change would make void; see begin_change(). */
	smp_rmb();
	return avcpu_gfn_to_slot(vm, ipa >> PAGE_SHIFT);
}

/**
 * avcpu_mmu_fault() - the guest touched what stage 2 does not let it
 * @vcpu: of the current thread
 * @fault: a translation, permission or access flag fault, below the IPA limit
 * @slot: from avcpu_mmu_slot()
 * @seq: likewise
 *
 * Where the slot answers only a read (KVM_MEM_READONLY), or is device memory and
 * this an instruction fetch, the result is AVCPU_FAULT_MMIO for all kinds of access:
 * what becomes of a fetch or of a walk of the guest's tables, which cannot be
 * emulated, is for the caller to say.
 *
 * Context: vm->srcu held since before avcpu_mmu_slot(); may sleep.
 * Return: AVCPU_FAULT_FIXED, also if the guest has to try again;
 * AVCPU_FAULT_MMIO; -EFAULT: the slot has no memory of the process behind it,
 * or none that may be written; -EINTR, with run->exit_reason: a signal;
 * -ENOMEM.
 */
int avcpu_mmu_fault(struct avcpu_vcpu *vcpu, const struct avcpu_fault *fault,
		    const struct avcpu_memslot *slot, u64 seq)
{
	struct fault_work work = {
		.vm = vcpu->vm, .fault = fault, .gfn = fault->ipa >> PAGE_SHIFT,
		.slot = slot, .seq = seq,
	};
	int ret;

	if (fault->write && slot->flags & KVM_MEM_READONLY)
		return AVCPU_FAULT_MMIO;
	if (grant(&work))
		return AVCPU_FAULT_FIXED;

	work.hva = avcpu_slot_hva(slot, work.gfn);
	ret = map_in(&work, &vcpu->arch.s2_cache);
	if (ret == -EAGAIN)
		return AVCPU_FAULT_FIXED;
	if (ret == -EHWPOISON)
		ret = tell_poison(&work);
	if (ret == -EINTR)
		vcpu->run->exit_reason = KVM_EXIT_INTR;
	return ret;
}

/**
 * avcpu_mmu_init() - tie a VM's stage 2 to the memory of current->mm
 * @vm: under creation, its slots are initialised
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int avcpu_mmu_init(struct avcpu_vm *vm)
{
	return avcpu_notifier_init(vm);
}

/**
 * avcpu_mmu_destroy() - undo avcpu_mmu_init()
 * @vm: no vCPU of it will run
 *
 * May sleep.
 */
void avcpu_mmu_destroy(struct avcpu_vm *vm)
{
	avcpu_notifier_destroy(vm);
}
