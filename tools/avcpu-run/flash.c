// SPDX-License-Identifier: GPL-2.0
/*
 * What the guest writes to its flash. The two banks are read-only memory, so
 * only writes arrive here; no flash chip answers, and the device tree names
 * none. u-boot then finds no stored environment and takes its default.
 */
#include "machine.h"

static u64 flash_read(void *dev __unused, u64 off __unused,
		      unsigned int len __unused)
{
	return 0;
}

static void flash_write(void *dev __unused, u64 off, u64 val, unsigned int len)
{
	if (verbose)
		say("guest wrote 0x%llx (%u bytes) to flash at 0x%llx: ignored",
		    (unsigned long long)val, len, (unsigned long long)off);
}

const struct bus_ops flash_ops = { flash_read, flash_write };
