// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory as the kernel sees it on the guest's behalf: through the
 * addresses of the process, with all that a page fault may bring.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "mmu.h"

/* A run of bytes within one slot. */
struct piece {
	void __user *uaddr;
	size_t len;
};

static int find_piece(struct avcpu_vm *vm, u64 gpa, size_t len, bool write,
		      struct piece *piece)
{
	const struct avcpu_memslot *slot = avcpu_gfn_to_slot(vm, gpa >> PAGE_SHIFT);
	u64 offset;

	if (!slot || (write && slot->flags & KVM_MEM_READONLY))
		return -EFAULT;
	offset = gpa - avcpu_slot_ipa(slot);
	piece->uaddr = (void __user *)(slot->hva + offset);
	piece->len = min_t(u64, len, avcpu_slot_size(slot) - offset);
	return 0;
}

/**
 * avcpu_read_guest() - read the guest's physical memory
 * @vm: the VM of the current process
 * @gpa: from where, of any alignment
 * @data: to where
 * @len: bytes
 *
 * Context: vm->srcu held; may sleep.
 * Return: 0, or -EFAULT: not all of it is memory.
 */
int avcpu_read_guest(struct avcpu_vm *vm, u64 gpa, void *data, size_t len)
{
	struct piece piece;

	if (current->mm != vm->mm)
		return -EFAULT;
	for (; len; len -= piece.len, gpa += piece.len, data += piece.len)
		if (find_piece(vm, gpa, len, false, &piece) ||
		    copy_from_user(data, piece.uaddr, piece.len))
			return -EFAULT;
	return 0;
}

/* Not only what was written in full: part of a failed copy may have been. */
static void mark_piece(struct avcpu_vm *vm, u64 gpa, size_t len)
{
	u64 gfn;

	for (gfn = gpa >> PAGE_SHIFT; gfn <= (gpa + len - 1) >> PAGE_SHIFT; gfn++)
		avcpu_mark_dirty(vm, gfn);
}

/**
 * avcpu_write_guest() - write to the guest's physical memory
 * @vm: the VM of the current process
 * @gpa: to where, of any alignment
 * @data: from where
 * @len: bytes
 *
 * Context: vm->srcu held; may sleep.
 * Return: 0, or -EFAULT: not all of it is memory that the guest could write;
 * what was before that has been written.
 */
int avcpu_write_guest(struct avcpu_vm *vm, u64 gpa, const void *data, size_t len)
{
	struct piece piece;
	unsigned long left;

	if (current->mm != vm->mm)
		return -EFAULT;
	for (; len; len -= piece.len, gpa += piece.len, data += piece.len) {
		if (find_piece(vm, gpa, len, true, &piece))
			return -EFAULT;
		left = copy_to_user(piece.uaddr, data, piece.len);
		mark_piece(vm, gpa, piece.len);
		if (left)
			return -EFAULT;
	}
	return 0;
}

/**
 * avcpu_gpa_is_memory() - is there a slot at a guest physical address?
 * @vm: the VM
 * @gpa: of any alignment
 *
 * Context: vm->srcu held.
 * Return: there is.
 */
bool avcpu_gpa_is_memory(struct avcpu_vm *vm, u64 gpa)
{
	return avcpu_gfn_to_slot(vm, gpa >> PAGE_SHIFT);
}
