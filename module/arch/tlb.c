// SPDX-License-Identifier: GPL-2.0
/*
 * Whose translations a CPU's TLB holds, and how they go.
 *
 * All guests of the module run with VMID 0: KVM never gives it to a guest, so
 * no entry of ours can match one of its. In return each CPU notes whose entries
 * it may hold, and they are dropped, by a local TLBI, when another takes over.
 * Documentation/coexistence.rst has the argument in full.
 */
#include <linux/bitfield.h>
#include <linux/percpu.h>

#include "cpu.h"
#include "pgtable.h"

/* Beyond so many entries one TLBI for all of VMID 0 is the cheaper. */
#define FLUSH_ENTRIES_MAX	64

/* TLBI RIPAS2E1IS (DDI 0487, C5.5.20): the unit is 2^(5 * scale + 1) pages. */
#define RANGE_TG		GENMASK_ULL(47, 46)
#define RANGE_SCALE		GENMASK_ULL(45, 44)
#define RANGE_NUM		GENMASK_ULL(43, 39)
#define RANGE_BASE		GENMASK_ULL(36, 0)
#define RANGE_SCALE_MAX		3
#define RANGE_NUM_MAX		31
#define RANGE_UNIT(scale)	BIT_ULL(5 * (scale) + 1)
#define RANGE_PAGES_MAX		((RANGE_NUM_MAX + 1) * RANGE_UNIT(RANGE_SCALE_MAX))

/* TLBI VAAE1: the address without its tag */
#define TLBI_VA			GENMASK_ULL(55, 12)

struct tlb_note {
	u64 vm_uid;	/* stage 2 and combined entries may be of this VM, */
	u64 vcpu_uid;	/* stage 1 entries of this vCPU */
};

static DEFINE_PER_CPU(struct tlb_note, tlb_note);

#define tlbi(op)		asm volatile("tlbi " #op : : : "memory")
#define tlbi_arg(op, arg)	asm volatile("tlbi " #op ", %0" : : "r"(arg) : "memory")

struct tlb_window {
	unsigned long flags;
	u64 hcr;
	u64 vttbr;
};

/*
 * With HCR_EL2.{E2H,TGE} = {1,1} these TLBIs would act on the host's own
 * regime, and VTTBR_EL2 names the VMID (DDI 0487, D8.17). IRQs are off in the
 * window: no kernel code runs with TGE clear but this.
 */
static void open_window(struct tlb_window *win, u64 vttbr)
{
	local_irq_save(win->flags);
	win->vttbr = read_sysreg_s(AVCPU_SYS_VTTBR_EL2);
	win->hcr = read_sysreg(hcr_el2);
	if (win->vttbr != vttbr)
		write_sysreg_s(vttbr, AVCPU_SYS_VTTBR_EL2);
	write_sysreg(win->hcr & ~AVCPU_HCR_TGE, hcr_el2);
	isb();
}

static void close_window(struct tlb_window *win, u64 vttbr)
{
	if (win->vttbr != vttbr)
		write_sysreg_s(win->vttbr, AVCPU_SYS_VTTBR_EL2);
	write_sysreg(win->hcr, hcr_el2);
	isb();
	local_irq_restore(win->flags);
}

/* Not inline: mostly there is nothing to do, in the middle of each load. */
static noinline void drop_others(const struct avcpu_vcpu *vcpu, struct tlb_note *note)
{
	u64 vttbr = vcpu->vm->arch.s2.vttbr;
	struct tlb_window win;

	open_window(&win, vttbr);
	if (note->vm_uid == vcpu->vm->uid)
		tlbi(vmalle1);
	else
		tlbi(vmalls12e1);
	dsb(nsh);
	isb();
	close_window(&win, vttbr);

	note->vm_uid = vcpu->vm->uid;
	note->vcpu_uid = vcpu->uid;
}

/**
 * avcpu_tlb_vcpu_load() - leave nothing of others for this vCPU to hit
 * @vcpu: being loaded; VTTBR_EL2 is its VM's, preemption is off
 *
 * Another vCPU of the same VM may use the same ASID for another address space.
 * (A TLBI of the guest that was not broadcast is no concern: HCR_EL2.FB makes
 * all of them so.)
 */
void avcpu_tlb_vcpu_load(struct avcpu_vcpu *vcpu)
{
	struct tlb_note *note = this_cpu_ptr(&tlb_note);

	if (note->vcpu_uid != vcpu->uid)
		drop_others(vcpu, note);
}

static void flush_range(u64 ipa, u64 pages, unsigned int scale)
{
	u64 num = min_t(u64, pages / RANGE_UNIT(scale), RANGE_NUM_MAX + 1);
	u64 arg;

	arg = FIELD_PREP(RANGE_TG, (PAGE_SHIFT - 10) / 2) |
	      FIELD_PREP(RANGE_SCALE, scale) | FIELD_PREP(RANGE_NUM, num - 1) |
	      FIELD_PREP(RANGE_BASE, ipa >> PAGE_SHIFT);
	/* ripas2e1is, which old assemblers do not know */
	asm volatile("sys #4, c8, c0, #2, %0" : : "r" (arg) : "memory");
}

/* At most RANGE_PAGES_MAX pages; what is left over when the units are, singly. */
static void flush_ranges(u64 ipa, u64 pages)
{
	unsigned int scale;
	u64 done;

	for (scale = RANGE_SCALE_MAX + 1; scale--; ) {
		done = rounddown(pages, RANGE_UNIT(scale));
		if (!done)
			continue;
		flush_range(ipa, pages, scale);
		ipa += done * PAGE_SIZE;
		pages -= done;
	}
	if (pages)
		tlbi_arg(ipas2e1is, ipa >> 12);
}

static void flush_entries(u64 ipa, u64 end, u64 step)
{
	for (; ipa < end; ipa += step)
		tlbi_arg(ipas2e1is, ipa >> 12);
}

/**
 * avcpu_tlb_flush_ipa() - drop what was made of part of a VM's stage 2
 * @vm: the VM; vm->mmu_lock held, the entries already changed in memory
 * @ipa: first byte
 * @size: bytes
 * @level: level of the leaves, 0 if they differ or are not known. Tables that
 *	went are found with any address that they translated.
 *
 * On all CPUs. Entries that join both stages are found by virtual address
 * only, hence the second invalidation of all stage-1 entries (D8.17.6).
 */
void avcpu_tlb_flush_ipa(struct avcpu_vm *vm, u64 ipa, u64 size, u8 level)
{
	u64 step = avcpu_pgt_span(level ?: AVCPU_PGT_LAST_LEVEL);
	bool by_range = size / step > FLUSH_ENTRIES_MAX;
	u64 vttbr = vm->arch.s2.vttbr;
	struct tlb_window win;

	if (by_range && (!avcpu_hw.tlbirange || size / PAGE_SIZE > RANGE_PAGES_MAX)) {
		avcpu_tlb_flush_vm(vm);
		return;
	}

	atomic64_inc(&vm->tlb_flushes);
	dsb(ishst);
	open_window(&win, vttbr);
	if (by_range)
		flush_ranges(ipa, size / PAGE_SIZE);
	else
		flush_entries(ipa, ipa + size, step);
	dsb(ish);
	tlbi(vmalle1is);
	dsb(ish);
	isb();
	close_window(&win, vttbr);
}

/**
 * avcpu_tlb_flush_fault() - what made the guest fault shall not do so again
 * @vm: the VM
 * @ipa: of the fault
 * @va: FAR_EL2 of the fault
 * @block: @ipa is in a block, others of its pages may be cached too
 *
 * After permissions were added to a leaf, on this CPU only: others that still
 * have the old entry fault and come here in their turn. Preemptible.
 */
void avcpu_tlb_flush_fault(struct avcpu_vm *vm, u64 ipa, u64 va, bool block)
{
	u64 vttbr = vm->arch.s2.vttbr;
	struct tlb_window win;

	dsb(ishst);
	open_window(&win, vttbr);
	tlbi_arg(ipas2e1, ipa >> 12);
	dsb(nsh);
	if (block)
		tlbi(vmalle1);
	else
		tlbi_arg(vaae1, (va & TLBI_VA) >> 12);
	dsb(nsh);
	isb();
	close_window(&win, vttbr);
}

/* All of a VM's translations, on all CPUs; vm->mmu_lock need not be held. */
void avcpu_tlb_flush_vm(struct avcpu_vm *vm)
{
	u64 vttbr = vm->arch.s2.vttbr;
	struct tlb_window win;

	atomic64_inc(&vm->tlb_flushes);
	dsb(ishst);
	open_window(&win, vttbr);
	tlbi(vmalls12e1is);
	dsb(ish);
	isb();
	close_window(&win, vttbr);
}

void avcpu_tlb_cpu_reset(void)
{
	struct tlb_note *note = this_cpu_ptr(&tlb_note);

	note->vm_uid = 0;
	note->vcpu_uid = 0;
}
