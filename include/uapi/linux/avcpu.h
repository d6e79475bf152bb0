/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/avcpu speaks KVM's interface: the ioctls, structures and numbers of
 * <linux/kvm.h>. This file adds what KVM lacks. Each addition is announced by
 * a capability of its own, from a range that KVM does not use, so a program
 * finds out by KVM_CHECK_EXTENSION whether it talks to avcpu at all.
 */
#ifndef _UAPI_LINUX_AVCPU_H
#define _UAPI_LINUX_AVCPU_H

#include <linux/ioctl.h>
#include <linux/kvm.h>
#include <linux/types.h>

/* Capabilities of avcpu: AVCPU_CAP_BASE to AVCPU_CAP_BASE + 0xffff. */
#define AVCPU_CAP_BASE		0x41430000

/* 1: AVCPU_GET_STATS is there. */
#define AVCPU_CAP_STATS		(AVCPU_CAP_BASE + 0)

/* ioctls of avcpu have a magic number of their own, 0xAC; KVM's is 0xAE. */
#define AVCPUIO			0xAC

/**
 * struct avcpu_vcpu_stats - what a vCPU did since it was created
 * @exits: exits to the kernel of the host, of all kinds, in-place ones not
 *	counted
 * @in_place: exits handled with the guest's registers still in the CPU
 * @by_ec: exits for a trapped instruction or an abort, by exception class
 *	(ESR_ELx.EC); in-place ones included
 * @irq: exits for an interrupt of the host
 * @mmio_user: accesses to memory that user space emulates
 * @mmio_kernel: accesses to memory that the module emulates
 * @signal: returns to user space for a signal or immediate_exit
 * @wfi: times the vCPU waited for an interrupt
 * @halt_poll: waits that ended before the thread went to sleep
 * @wfe: times that the guest spun in WFE and the host's CPU went to others
 * @reserved: 0
 */
struct avcpu_vcpu_stats {
	__u64 exits;
	__u64 in_place;
	__u64 by_ec[64];
	__u64 irq;
	__u64 mmio_user;
	__u64 mmio_kernel;
	__u64 signal;
	__u64 wfi;
	__u64 halt_poll;
	__u64 wfe;
	__u64 reserved[7];
};

/*
 * vCPU ioctl; may be called while another thread is in KVM_RUN, the counters
 * then are not of one instant.
 */
#define AVCPU_GET_STATS		_IOR(AVCPUIO, 0x00, struct avcpu_vcpu_stats)

#endif
