/* SPDX-License-Identifier: GPL-2.0 */
/* How a vCPU waits for an interrupt: wait.c for run.c. */
#ifndef AVCPU_WAIT_H
#define AVCPU_WAIT_H

struct avcpu_vcpu;

void avcpu_vcpu_wait(struct avcpu_vcpu *vcpu);
void avcpu_wait_choose(struct avcpu_vcpu *vcpu);
void avcpu_wait_note_irq(struct avcpu_vcpu *vcpu);

#endif
