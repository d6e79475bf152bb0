/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_OPTIONS_H
#define AVCPU_RUN_OPTIONS_H

#include "util.h"

#define MAX_DISKS	16
#define MAX_NETS	8
#define MAX_CPUS	512

enum stats_format {
	STATS_NONE,
	STATS_TABLE,
	STATS_JSON,
};

/**
 * struct options - the command line
 *
 * Named as the options are; NULL, 0 or LOAD_ANYWHERE where one was not given.
 * @image: the guest
 * @firmware: the guest, mapped at 0 whatever it looks like
 * @timeout_ms: 0 for none
 * @virtio_console: input and output on hvc0
 * @reset_reboots: start anew when the guest resets
 */
struct options {
	const char *image;
	const char *firmware;
	const char *device;
	const char *initrd;
	const char *append;
	const char *dtb;
	const char *dumpdtb;
	const char *disk[MAX_DISKS];
	unsigned int nr_disks;
	const char *net[MAX_NETS];
	unsigned int nr_nets;
	unsigned int smp;
	u64 mem;
	u64 load;
	u64 entry;
	u64 timeout_ms;
	enum stats_format stats;
	s64 bootdelay;
	bool bootdelay_set;
	bool bare;
	bool no_gic;
	bool el2;
	bool rng;
	bool virtio_console;
	bool reset_reboots;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE,
	OPTIONS_WRONG,
};

enum options_result options_parse(struct options *opt, int argc, char **argv);

#endif
