/* SPDX-License-Identifier: GPL-2.0 */
/*
 * avcpu: the objects of the module, a VM and its vCPUs, and who protects what.
 *
 * Generic code (module/) owns file descriptors, ioctls, memory slots and
 * devices and names no register; module/arch/ owns the CPU and knows no ioctl.
 * What the one asks of the other stands in arch/arch.h.
 *
 * Lock order, outermost first (Documentation/locking.rst says why):
 *
 *   vm->lock            creation of vCPUs and devices, one-time configuration
 *     vcpu->mutex       everything one vCPU's ioctls touch; held across KVM_RUN
 *      vm->config_lock  what all vCPUs share: features, firmware registers
 *       vm->slots_lock  changes of the memory slots and of the MMIO bus
 *         vm->srcu      readers of the slots and of the bus (may sleep)
 *           vm->mmu_lock  stage-2 tables, mmu_seq (spinlock, irqs on)
 *             vcpu->state_lock, vGIC locks (raw, taken with IRQs off)
 *
 * GSI routes have an SRCU of their own (irqfd.h), whose readers never sleep.
 *
 * vm->srcu is held by the run loop while it handles an exit, and only then: not
 * while the guest runs, nor while the vCPU sleeps, nor where the thread may be
 * scheduled away for long, so that a change of the slots waits for none of them.
 */
#ifndef AVCPU_H
#define AVCPU_H

#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcuwait.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "compat/compat.h"
#include "arch/context.h"
#include "iobus.h"
#include "memslot.h"
#include "smccc.h"
#include "vgic/vgic.h"

#define AVCPU_MAX_VCPUS		512

struct avcpu_vm;
struct avcpu_vcpu;
struct file;

/* Where a vCPU thread is; other threads read it to decide whether to kick. */
enum avcpu_vcpu_mode {
	AVCPU_OUTSIDE_GUEST,
	AVCPU_IN_GUEST,
};

/* Bits of vcpu->requests: work for the vCPU's own thread before it re-enters. */
enum avcpu_request {
	AVCPU_REQ_KICK,		/* leave the guest, nothing more */
	AVCPU_REQ_RESET,	/* PSCI CPU_ON: take over vcpu->reset */
	AVCPU_REQ_SLEEP,	/* PSCI: the vCPU is off or suspended */
	AVCPU_REQ_IRQ,		/* an interrupt became pending */
	AVCPU_REQ_VM_DEAD,	/* the VM can run no more */
};

/**
 * struct avcpu_stats - what a vCPU did, counted by the run loop
 * @exits: full exits (host's IRQs came on) of all kinds
 * @in_place: exits handled with the guest's state left in the CPU
 * @by_ec: synchronous exits by ESR_ELx.EC
 * @irq: exits for a host interrupt
 * @mmio_user: accesses handed to user space
 * @mmio_kernel: accesses served by a device of the module
 * @signal: exits to user space for a signal
 * @wfi: times the thread blocked in WFI
 * @halt_poll: blocks that ended while polling
 * @wfe: WFE that trapped
 *
 * The fields of struct avcpu_vcpu_stats, in its order.
 */
struct avcpu_stats {
	u64 exits;
	u64 in_place;
	u64 by_ec[64];
	u64 irq;
	u64 mmio_user;
	u64 mmio_kernel;
	u64 signal;
	u64 wfi;
	u64 halt_poll;
	u64 wfe;
};

/**
 * struct avcpu_reset - entry state that PSCI CPU_ON leaves for its target
 * @pc: entry point (DEN0022 5.6)
 * @r0: context id
 * @be: the caller ran big-endian, so the target starts so
 */
struct avcpu_reset {
	u64 pc;
	u64 r0;
	bool be;
};

/* struct avcpu_steal.base: user space has given the structure no place. */
#define AVCPU_NO_STEAL	(~0ULL)

/**
 * struct avcpu_steal - stolen time (pvtime.c); the vCPU's thread's
 * @base: guest physical address of the structure, or AVCPU_NO_STEAL
 * @seen: the thread's time of waiting for a CPU that is accounted for, ns
 */
struct avcpu_steal {
	u64 base;
	u64 seen;
};

/**
 * struct avcpu_vcpu - one virtual CPU, used by at most one thread at a time
 * @vm: its VM, referenced through the vCPU's file
 * @id: the caller's number, 0..AVCPU_MAX_VCPUS-1; @idx: order of creation
 * @uid: never reused in the life of the module; keys the TLB notes
 * @mutex: serialises the vCPU's ioctls; KVM_RUN holds it throughout
 * @run: the page(s) shared with user space
 * @mode: enum avcpu_vcpu_mode, ordered against @requests with smp_mb()
 * @requests: enum avcpu_request bits
 * @cpu: CPU the vCPU is loaded on, or -1
 * @thread: the task in KVM_RUN, for kick_process(); read under RCU
 * @wait: where the thread blocks in WFI, CPU_OFF, CPU_SUSPEND
 * @state_lock: protects @mp_state and @reset against PSCI calls of others
 * @mp_state: KVM_MP_STATE_*; @reset: valid while AVCPU_REQ_RESET is set
 * @initialized: KVM_ARM_VCPU_INIT succeeded
 * @ran_once: KVM_RUN entered the guest since creation: ID registers are fixed
 * @mmio_needed: user space owes the answer of the MMIO exit in @run
 * @sigset_active, @sigset: KVM_SET_SIGNAL_MASK
 * @srcu_idx: index of vm->srcu while the run loop handles an exit
 * @poll_ns: how long the next WFI polls before it sleeps, in ns
 * @wait_native: its waits are short: WFI need not trap
 * @wait_pc: where an interrupt of the host took the guest out last
 * @wait_since: since when it has been found there, 0: not yet twice
 * @noted: jiffies when RCU was last told of this thread, in the guest
 * @smccc: the call that is being answered
 * @steal: the time that the guest is told was stolen from it
 * @vgic: the vCPU's part of the interrupt controller
 * @arch: what only module/arch/ looks into
 */
struct avcpu_vcpu {
	struct avcpu_vm *vm;
	u32 id;
	u32 idx;
	u64 uid;
	struct mutex mutex;
	struct kvm_run *run;

	int mode;
	unsigned long requests;
	int cpu;
	struct task_struct __rcu *thread;
	struct rcuwait wait;
#ifdef CONFIG_PREEMPT_NOTIFIERS
	struct preempt_notifier preempt_notifier;
#endif

	raw_spinlock_t state_lock;
	u32 mp_state;
	struct avcpu_reset reset;

	bool initialized;
	bool ran_once;
	bool mmio_needed;
	bool sigset_active;
	sigset_t sigset;
	int srcu_idx;
	u32 poll_ns;
	bool wait_native;
	u64 wait_pc;
	ktime_t wait_since;

	unsigned long noted;
	struct avcpu_smccc smccc;
	struct avcpu_steal steal;
	struct avcpu_stats stats;
	struct avcpu_vgic_vcpu vgic;
	struct avcpu_vcpu_arch arch;
};

/**
 * struct avcpu_vm - a virtual machine: memory, vCPUs, devices
 * @refs: one for the VM's file, one for each file or task that may use it
 * @uid: never reused in the life of the module; keys the TLB notes
 * @mm: whose memory backs the guest (mmgrab'ed); ioctls of others get -EIO
 * @lock: see the lock order above
 * @config_lock: arch.psci_version, arch.fw_*, arch.vcpu_features, @ran_once;
 *	inside vcpu->mutex, so that register ioctls may take it
 * @ran_once: a vCPU has entered the guest: what all vCPUs share is fixed
 * @dead: set for good when the VM can run no more (KVM: VM_DEAD)
 * @vcpus: by index of creation, entries never go while the VM lives
 * @online: vCPUs in @vcpus that are complete; read it with acquire
 * @created: vCPUs created or under creation; under @lock
 * @slots_lock, @srcu, @slots: the memory slots, replaced as a whole
 * @mmu_lock: stage 2, @mmu_seq, @mmu_in_progress
 * @slot_ids: the memory slots by their numbers; @slot_pages: of all of them;
 *	under @slots_lock
 * @notifier: keeps stage 2 in step with the process's page tables
 * @hva_tree: the slots by address of the process, @slots_gen: goes up when it
 *	changes; under @mmu_lock
 * @mmu_seq: goes up with each finished invalidation and change of the slots
 * @mmu_in_progress: invalidations that have begun and not ended, and
 *	[@mmu_start, @mmu_end) the union of their hva ranges
 * @bus: MMIO devices of the module (SRCU)
 * @bus_first, @bus_last: no device that a guest reaches lies outside of these addresses
 * @bus_covered: memory slots lie over devices: they have the address first
 * @ioeventfds, @coalesced_zones: what user space put on @bus, under @slots_lock
 * @coalesced_ring: page shared with user space; @ring_lock: who fills it
 * @irqfds, @irq_routing: see irqfd.h
 * @devices: KVM_CREATE_DEVICE'd, under @lock
 * @nisv_to_user: KVM_CAP_ARM_NISV_TO_USER was enabled
 * @system_suspend: KVM_CAP_ARM_SYSTEM_SUSPEND was enabled
 * @manual_dirty_log: arguments of KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2
 * @ipa_bits: size of the guest's physical address space
 * @max_poll_ns: upper limit of vcpu->poll_ns, KVM_CAP_HALT_POLL
 * @tlb_flushes: invalidations of stage 2 in the TLBs of all CPUs
 */
struct avcpu_vm {
	struct kref refs;
	u64 uid;
	struct mm_struct *mm;
	struct mutex lock;
	struct mutex config_lock;
	bool ran_once;
	bool dead;

	struct avcpu_vcpu *vcpus[AVCPU_MAX_VCPUS];
	atomic_t online;
	u32 created;

	struct mutex slots_lock;
	struct srcu_struct srcu;
	struct avcpu_memslots __rcu *slots;
	struct xarray slot_ids;
	unsigned long slot_pages;

	spinlock_t mmu_lock;
#ifdef CONFIG_MMU_NOTIFIER
	struct mmu_notifier notifier;
	struct rb_root_cached hva_tree;
	unsigned long slots_gen;
#endif
	unsigned long mmu_seq;
	unsigned long mmu_in_progress;
	unsigned long mmu_start;
	unsigned long mmu_end;

	struct avcpu_io_bus __rcu *bus;
	u64 bus_first;
	u64 bus_last;
	bool bus_covered;
	struct list_head devices;
	struct list_head ioeventfds;
	struct list_head coalesced_zones;
	struct kvm_coalesced_mmio_ring *coalesced_ring;
	spinlock_t ring_lock;
	struct avcpu_irqfds *irqfds;
	struct avcpu_irq_routing __rcu *irq_routing;

	bool nisv_to_user;
	bool system_suspend;
	u8 manual_dirty_log;
	u32 ipa_bits;
	u32 max_poll_ns;
	atomic64_t tlb_flushes;

	struct avcpu_vgic vgic;
	struct avcpu_vm_arch arch;
};

/* vm.c */
int avcpu_vm_create(unsigned long type);
void avcpu_vm_get(struct avcpu_vm *vm);
void avcpu_vm_put(struct avcpu_vm *vm);
void avcpu_vm_kill(struct avcpu_vm *vm);
u64 avcpu_new_uid(void);

/* May a device on the bus have it? Mostly it is the guest's memory. Any context. */
static inline bool avcpu_io_bus_is_near(const struct avcpu_vm *vm, u64 addr)
{
	return addr >= READ_ONCE(vm->bus_first) && addr <= READ_ONCE(vm->bus_last);
}

/**
 * avcpu_vcpu_by_idx() - the vCPU created as number @idx, or NULL
 *
 * Safe against concurrent creation: only complete vCPUs are returned. They
 * stay valid as long as the caller holds a reference on the VM.
 */
static inline struct avcpu_vcpu *avcpu_vcpu_by_idx(struct avcpu_vm *vm, u32 idx)
{
	if (idx >= atomic_read_acquire(&vm->online))
		return NULL;
	return vm->vcpus[idx];
}

#define avcpu_for_each_vcpu(i, v, vm) \
	for ((i) = 0; ((v) = avcpu_vcpu_by_idx((vm), (i))); (i)++)

bool avcpu_vm_trylock_vcpus(struct avcpu_vm *vm);
void avcpu_vm_unlock_vcpus(struct avcpu_vm *vm);
struct avcpu_vcpu *avcpu_vcpu_by_id(struct avcpu_vm *vm, u32 id);
struct avcpu_vcpu *avcpu_vcpu_by_mpidr(struct avcpu_vm *vm, u64 mpidr);

/* vcpu.c */
int avcpu_vcpu_create(struct avcpu_vm *vm, u32 id);
void avcpu_vcpu_destroy(struct avcpu_vcpu *vcpu);

/* run.c: the run loop, blocking and kicking */
u32 avcpu_halt_poll_ns(void);
int avcpu_vcpu_run(struct avcpu_vcpu *vcpu);
void avcpu_vcpu_load(struct avcpu_vcpu *vcpu);
void avcpu_vcpu_put(struct avcpu_vcpu *vcpu);
void avcpu_vcpu_block(struct avcpu_vcpu *vcpu);
void avcpu_vcpu_kick(struct avcpu_vcpu *vcpu);
void avcpu_vcpu_wake(struct avcpu_vcpu *vcpu);
bool avcpu_vcpu_runnable(struct avcpu_vcpu *vcpu);

static inline void avcpu_request(enum avcpu_request req, struct avcpu_vcpu *vcpu)
{
	/* Pairs with the smp_mb() between mode = IN_GUEST and reading requests. */
	smp_wmb();
	set_bit(req, &vcpu->requests);
}

static inline bool avcpu_take_request(enum avcpu_request req,
				      struct avcpu_vcpu *vcpu)
{
	if (!test_bit(req, &vcpu->requests))
		return false;
	clear_bit(req, &vcpu->requests);
	/* What the requester wrote before the bit is visible from here on. */
	smp_mb__after_atomic();
	return true;
}

/* cap.c: KVM_CHECK_EXTENSION, as a table; @vm is NULL on the system's fd */
long avcpu_check_extension(struct avcpu_vm *vm, unsigned long cap);
int avcpu_enable_cap(struct avcpu_vm *vm, const struct kvm_enable_cap *cap);

/* smccc.c, psci.c: calls of the guest to its firmware, answered in the kernel */
int avcpu_smccc_call(struct avcpu_vcpu *vcpu);
bool avcpu_smccc_call_in_place(struct avcpu_vcpu *vcpu);
void avcpu_psci_take_reset(struct avcpu_vcpu *vcpu);

/* firmware.c: KVM_REG_ARM_FW and KVM_REG_ARM_FW_FEAT_BMAP */
void avcpu_fw_vm_init(struct avcpu_vm *vm);
unsigned long avcpu_fw_num_regs(struct avcpu_vcpu *vcpu);
int avcpu_fw_copy_indices(struct avcpu_vcpu *vcpu, u64 __user *uind);
int avcpu_fw_get_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);
int avcpu_fw_set_reg(struct avcpu_vcpu *vcpu, const struct kvm_one_reg *reg);

#endif
