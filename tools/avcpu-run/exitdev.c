// SPDX-License-Identifier: GPL-2.0
/*
 * The exit device: a guest that stores to its page ends the run, and the low
 * byte of what it stores is the exit status of avcpu-run. It reads as zero.
 */
#include "machine.h"

static u64 exitdev_read(void *dev __unused, u64 off __unused,
			unsigned int len __unused)
{
	return 0;
}

static void exitdev_write(void *dev, u64 off __unused, u64 val,
			  unsigned int len __unused)
{
	machine_stop(dev, val & 0xff);
}

const struct bus_ops exitdev_ops = { exitdev_read, exitdev_write };
