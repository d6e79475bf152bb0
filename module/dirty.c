// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log: which pages of a slot have been written.
 *
 * A page is write-protected in stage 2 while its bit is clear. The fault that
 * lets the guest write sets the bit, both under vm->mmu_lock; so does clearing
 * a bit and protecting its page. The kernel's own writes set bits without it.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "mmu.h"

/* How many words are worked on at once, before others may have the lock. */
#define CHUNK_WORDS	64UL

static unsigned long log_words(const struct avcpu_memslot *slot)
{
	return BITS_TO_LONGS(slot->npages);
}

int avcpu_dirty_alloc(struct avcpu_vm *vm, struct avcpu_memslot *slot)
{
	slot->dirty_bitmap = kvcalloc(log_words(slot), sizeof(long), GFP_KERNEL_ACCOUNT);
	if (!slot->dirty_bitmap)
		return -ENOMEM;
	if (vm->manual_dirty_log & KVM_DIRTY_LOG_INITIALLY_SET)
		bitmap_set(slot->dirty_bitmap, 0, slot->npages);
	return 0;
}

/* A page of a slot is, or may now be, written. */
void avcpu_dirty_mark(const struct avcpu_memslot *slot, u64 gfn)
{
	if (slot->dirty_bitmap)
		set_bit(gfn - slot->base_gfn, slot->dirty_bitmap);
}

/**
 * avcpu_mark_dirty() - a page of the guest has been written by the kernel
 * @vm: the VM
 * @gfn: the page
 *
 * Context: vm->srcu held, after the write.
 */
void avcpu_mark_dirty(struct avcpu_vm *vm, u64 gfn)
{
	const struct avcpu_memslot *slot = avcpu_gfn_to_slot(vm, gfn);

	/* Who finds the bit set finds what was written. */
	smp_mb__before_atomic();
	if (slot)
		avcpu_dirty_mark(slot, gfn);
}

/* Numbers of another address space, or too high, are an error of their own. */
static int find_log(struct avcpu_vm *vm, u32 id, struct avcpu_memslot **slot)
{
	if (id >= AVCPU_USER_MEM_SLOTS)
		return -EINVAL;
	*slot = avcpu_slot_by_id(vm, id);
	return *slot && (*slot)->dirty_bitmap ? 0 : -ENOENT;
}

/* Bits of @bits, from page @first of the slot: their next write be noticed. */
static bool wrprotect(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
		      unsigned long first, const unsigned long *bits,
		      unsigned long nbits)
{
	u64 ipa = avcpu_slot_ipa(slot) + ((u64)first << PAGE_SHIFT);
	unsigned long start, end = 0;
	bool changed = false;

	for (;;) {
		start = find_next_bit(bits, nbits, end);
		if (start >= nbits)
			return changed;
		end = find_next_zero_bit(bits, nbits, start);
		changed |= avcpu_s2_wrprotect(vm, ipa + ((u64)start << PAGE_SHIFT),
					      (u64)(end - start) << PAGE_SHIFT);
	}
}

static void flush_slot(struct avcpu_vm *vm, const struct avcpu_memslot *slot)
{
	avcpu_s2_flush_tlb(vm, avcpu_slot_ipa(slot), avcpu_slot_size(slot));
}

/* Move bits from the log to @buf and protect the pages again. */
static bool take_bits(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
		      unsigned long word, unsigned long *buf, unsigned long nwords)
{
	unsigned long i;
	bool changed;

	spin_lock(&vm->mmu_lock);
	for (i = 0; i < nwords; i++) {
		unsigned long *p = &slot->dirty_bitmap[word + i];

		buf[i] = READ_ONCE(*p) ? xchg(p, 0) : 0;
	}
	changed = wrprotect(vm, slot, word * BITS_PER_LONG, buf, nwords * BITS_PER_LONG);
	spin_unlock(&vm->mmu_lock);
	return changed;
}

static int get_and_clear(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
			 void __user *ubits)
{
	unsigned long words = log_words(slot);
	unsigned long buf[CHUNK_WORDS];
	unsigned long word, n;
	bool flush = false;
	int ret = 0;

	for (word = 0; word < words && !ret; word += n) {
		n = min(words - word, CHUNK_WORDS);
		flush |= take_bits(vm, slot, word, buf, n);
		if (copy_to_user(ubits + word * sizeof(long), buf, n * sizeof(long)))
			ret = -EFAULT;
		cond_resched();
	}
	/* Writes that TLBs still allowed were before the caller reads the log. */
	if (flush)
		flush_slot(vm, slot);
	return ret;
}

/**
 * avcpu_get_dirty_log() - KVM_GET_DIRTY_LOG
 * @vm: the VM
 * @log: the slot and where to put its bits, rounded up to 64 pages
 *
 * With KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 the log stays as it is until
 * KVM_CLEAR_DIRTY_LOG; without, it is cleared.
 *
 * Return: 0, -EINVAL, -ENOENT: no such slot or no log, -EFAULT, -ENOMEM.
 */
int avcpu_get_dirty_log(struct avcpu_vm *vm, struct kvm_dirty_log *log)
{
	struct avcpu_memslot *slot;
	int ret;

	mutex_lock(&vm->slots_lock);
	ret = find_log(vm, log->slot, &slot);
	if (ret)
		goto out;
	if (!vm->manual_dirty_log)
		ret = get_and_clear(vm, slot, log->dirty_bitmap);
	else if (copy_to_user(log->dirty_bitmap, slot->dirty_bitmap,
			      log_words(slot) * sizeof(long)))
		ret = -EFAULT;
out:
	mutex_unlock(&vm->slots_lock);
	return ret;
}

/* Clear the bits of @buf in the log, and keep in @buf those that were set. */
static bool clear_bits(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
		       unsigned long word, unsigned long *buf, unsigned long nwords)
{
	unsigned long i;
	bool changed;

	spin_lock(&vm->mmu_lock);
	for (i = 0; i < nwords; i++) {
		atomic_long_t *p = (atomic_long_t *)&slot->dirty_bitmap[word + i];

		if (buf[i])
			buf[i] &= atomic_long_fetch_andnot(buf[i], p);
	}
	changed = wrprotect(vm, slot, word * BITS_PER_LONG, buf, nwords * BITS_PER_LONG);
	spin_unlock(&vm->mmu_lock);
	return changed;
}

static int clear_log(struct avcpu_vm *vm, const struct avcpu_memslot *slot,
		     const struct kvm_clear_dirty_log *log)
{
	unsigned long words = BITS_TO_LONGS(log->num_pages);
	unsigned long first = log->first_page / BITS_PER_LONG;
	unsigned long word, n, *buf;
	bool flush = false;
	int ret = 0;

	/* All of it before anything is cleared: a bad address changes nothing. */
	buf = kvcalloc(words, sizeof(long), GFP_KERNEL_ACCOUNT);
	if (!buf)
		return words ? -ENOMEM : 0;
	if (copy_from_user(buf, log->dirty_bitmap, words * sizeof(long))) {
		ret = -EFAULT;
		goto out;
	}
	for (word = 0; word < words; word += n) {
		n = min(words - word, CHUNK_WORDS);
		flush |= clear_bits(vm, slot, first + word, buf + word, n);
		cond_resched();
	}
	if (flush)
		flush_slot(vm, slot);
out:
	kvfree(buf);
	return ret;
}

/* Whole words, but for the last of the slot. */
static bool clear_range_ok(const struct kvm_clear_dirty_log *log,
			   const struct avcpu_memslot *slot)
{
	u64 first = log->first_page, num = log->num_pages;

	if (first > slot->npages || num > slot->npages - first)
		return false;
	return num == slot->npages - first || !(num % BITS_PER_LONG);
}

/**
 * avcpu_clear_dirty_log() - KVM_CLEAR_DIRTY_LOG
 * @vm: the VM
 * @log: the slot, a range of it and a bit a page: those to be cleared
 *
 * Return: 0, -EINVAL for a range that does not go by 64 pages or leaves the
 * slot, -ENOENT, -EFAULT, -ENOMEM.
 */
int avcpu_clear_dirty_log(struct avcpu_vm *vm, struct kvm_clear_dirty_log *log)
{
	struct avcpu_memslot *slot;
	int ret;

	if (log->first_page % BITS_PER_LONG)
		return -EINVAL;
	mutex_lock(&vm->slots_lock);
	ret = find_log(vm, log->slot, &slot);
	if (!ret)
		ret = clear_range_ok(log, slot) ? clear_log(vm, slot, log) : -EINVAL;
	mutex_unlock(&vm->slots_lock);
	return ret;
}
