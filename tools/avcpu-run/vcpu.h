/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_VCPU_H
#define AVCPU_RUN_VCPU_H

#include <pthread.h>
#include <signal.h>

#include "util.h"

struct machine;
struct kvm_run;

#define VCPU_KICK	SIGUSR1
#define VCPU_REASONS	64	/* KVM's exit reasons are smaller */

/**
 * struct vcpu - a virtual CPU and its thread
 * @m: the machine
 * @index: 0 is the boot CPU
 * @fd: the vCPU
 * @run: its shared run page
 * @thread: what runs it
 * @started: @thread exists
 * @report: asked to print its registers and go on
 * @mpidr: affinity, from MPIDR_EL1
 * @exits: by reason, written by @thread only
 * @interrupted: KVM_RUN returned for a signal
 */
struct vcpu {
	struct machine *m;
	unsigned int index;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	bool started;
	bool report;
	u64 mpidr;
	u64 exits[VCPU_REASONS];
	u64 interrupted;
};

int vcpu_create(struct vcpu *vcpu, struct machine *m, unsigned int index);
int vcpu_set_entry(struct vcpu *vcpu, u64 pc, u64 x0);
int vcpu_start(struct vcpu *vcpu);
void vcpu_kick(struct vcpu *vcpu);
int vcpu_join(struct vcpu *vcpu);
void vcpu_destroy(struct vcpu *vcpu);
int vcpu_get_reg(const struct vcpu *vcpu, u64 id, u64 *val);
void vcpu_dump(struct vcpu *vcpu);
const char *vcpu_exit_name(unsigned int reason);

#endif
