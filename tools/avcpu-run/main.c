// SPDX-License-Identifier: GPL-2.0
/*
 * avcpu-run: runs an arm64 guest on a device with KVM's ABI.
 */
#include <fcntl.h>
#include <unistd.h>

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

/*
 * A standard descriptor that is closed would be taken by the next file opened,
 * and the guest's output would go to the disk, or the device.
 */
static int keep_standard_fds(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd)
			return fail("/dev/null: cannot be opened in place of descriptor %d", fd);
	return 0;
}

int main(int argc, char **argv)
{
	int status;

	if (keep_standard_fds())
		return STATUS_SETUP;
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
