/* SPDX-License-Identifier: GPL-2.0 */
/* What older <linux/kvm.h> headers lack. All of it is KVM's ABI. */
#ifndef AVCPU_RUN_KVM_COMPAT_H
#define AVCPU_RUN_KVM_COMPAT_H

#include <linux/kvm.h>

#ifndef KVM_ARM_VCPU_HAS_EL2
#define KVM_ARM_VCPU_HAS_EL2	7
#endif

#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2		240
#endif

#endif
