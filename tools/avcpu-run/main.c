// SPDX-License-Identifier: GPL-2.0
/*
 * avcpu-run: runs an arm64 guest on a device with KVM's ABI.
 */
#include "machine.h"
#include "stats.h"

static struct options opt;
static struct console con;
static struct machine machine;

/* One life of the guest. */
static int live(void)
{
	int status = STATUS_SETUP;

	if (machine_create(&machine, &opt, &con)) {
		machine.reboot = false;
	} else if (opt.dumpdtb) {
		status = machine_dump_dtb(&machine) ? STATUS_SETUP : STATUS_OK;
	} else {
		status = machine_run(&machine);
		stats_print(&machine);
	}
	machine_destroy(&machine);
	return status;
}

int main(int argc, char **argv)
{
	int status;

	switch (options_parse(&opt, argc, argv)) {
	case OPTIONS_DONE:
		return STATUS_OK;
	case OPTIONS_WRONG:
		return STATUS_USAGE;
	case OPTIONS_RUN:
		break;
	}
	console_init(&con);
	do {
		status = live();
	} while (machine.reboot);
	console_restore();
	return status;
}
