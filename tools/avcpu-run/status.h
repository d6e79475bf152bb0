/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit statuses. A guest's own, by the exit device, may be any; these are ours.
 */
#ifndef AVCPU_RUN_STATUS_H
#define AVCPU_RUN_STATUS_H

enum status {
	STATUS_OK = 0,		/* the guest powered off, or the user left it */
	STATUS_SETUP = 1,	/* the guest never ran */
	STATUS_USAGE = 2,	/* wrong command line */
	STATUS_CRASH = 70,	/* the guest did what cannot be emulated */
	STATUS_RUN = 71,	/* KVM_RUN failed */
	STATUS_GUEST_PANIC = 72, /* the guest reported a crash */
	STATUS_RESET = 73,	/* the guest asked for a reset */
	STATUS_TIMEOUT = 124,	/* --timeout, as timeout(1) has it */
	STATUS_SIGNAL = 128,	/* plus the number of the signal */
};

#endif
