#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# probe.sh SRCTREE: what the kernel at SRCTREE offers, as flags for the compiler.
#
# One line a feature: its flag, the header, a pattern that only a kernel with
# the feature has in it. Versions are not asked: distributions carry changes
# from one to the other (register_syscore() came in the middle of 6.12.y).

src=${1:?}
if ! [ -e "$src/include/linux/sched.h" ]; then
	echo "probe.sh: no kernel headers in $src" >&2
	echo -DAVCPU_NO_HEADERS
	exit 0
fi

probe() {
	if grep -qs -e "$3" "$src/$2"; then
		printf -- '-DAVCPU_HAVE_%s ' "$1"
	fi
}

probe HRTIMER_SETUP	include/linux/hrtimer.h			'hrtimer_setup('
probe SNAPSHOT_ID	include/linux/timekeeping.h		'ktime_get_snapshot_id('
probe EVENTFD_COUNT	include/linux/eventfd.h			'eventfd_signal(struct eventfd_ctx \*ctx, __u64'
probe NEON_STATE	arch/arm64/include/asm/neon.h		'neon_begin(struct user_fpsimd_state'
probe BOOL_YOUNG	include/linux/mmu_notifier.h		'bool (\*clear_flush_young)('
probe SECONDARY_TLBS	include/linux/mmu_notifier.h		'(\*arch_invalidate_secondary_tlbs)('
probe CHANGE_PTE	include/linux/mmu_notifier.h		'(\*change_pte)('
probe PFNMAP_START	include/linux/mm.h			'int follow_pfnmap_start('
probe FOLLOW_PTE_VMA	include/linux/mm.h			'int follow_pte(struct vm_area_struct'
probe FOLL_INTERRUPTIBLE	include/linux/mm_types.h		'FOLL_INTERRUPTIBLE'
probe SYSTEM_CPUCAPS	arch/arm64/include/asm/cpufeature.h	'BITMAP(system_cpucaps'
probe SYSCORE		include/linux/syscore_ops.h		'register_syscore(struct'
probe ENTRY_VIRT	include/linux/entry-virt.h		'handle_work(void)'
probe ENTRY_KVM		include/linux/entry-kvm.h		'handle_work(struct kvm_vcpu'
probe TIMER_OFFSETS	include/kvm/arm_arch_timer.h		'struct arch_timer_vm_data'
probe RUN_UNSAFE	include/uapi/linux/kvm.h		'HINT_UNSAFE_IN_KVM(immediate_exit)'
echo
