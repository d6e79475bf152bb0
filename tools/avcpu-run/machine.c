// SPDX-License-Identifier: GPL-2.0
/*
 * Puts a machine together, runs it, takes it apart.
 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fdt.h"
#include "gic.h"
#include "kvm_compat.h"
#include "stats.h"
#include "virtio/virtio.h"

#define INITRD_OFFSET	MiB(128)	/* from RAM's start: clear of the kernel */
#define INITRD_ALIGN	MiB(2)
#define DTB_ALIGN	KiB(64)

static u64 ram_end(const struct machine *m)
{
	return MAP_RAM_BASE + m->opt->mem;
}

bool machine_stopping(const struct machine *m)
{
	return __atomic_load_n(&m->stopping, __ATOMIC_SEQ_CST);
}

/**
 * machine_stop() - end the run
 * @m: the machine
 * @status: exit status of avcpu-run; the first caller's counts
 *
 * From any thread. The main thread then stops the vCPUs.
 *
 * Return: true if this call was the first.
 */
bool machine_stop(struct machine *m, int status)
{
	if (__atomic_exchange_n(&m->stopping, true, __ATOMIC_SEQ_CST))
		return false;
	m->status = status;
	ev_stop(&m->loop);
	return true;
}

/* The same, and all registers are printed once the vCPUs stand. */
void machine_crash(struct machine *m, int status)
{
	__atomic_store_n(&m->dump, true, __ATOMIC_RELAXED);
	machine_stop(m, status);
}

/*
 * The terminal's Ctrl-A keys.
 */

static void key_leave(struct machine *m)
{
	machine_stop(m, STATUS_OK);
}

static void key_registers(struct machine *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_vcpus; i++) {
		__atomic_store_n(&m->vcpu[i].report, true, __ATOMIC_SEQ_CST);
		vcpu_kick(&m->vcpu[i]);
	}
}

static void key_help(struct machine *m);

struct key {
	char key;
	void (*fn)(struct machine *m);
	const char *help;
};

static const struct key keys[] = {
	{ 'x', key_leave, "leave: stop the guest" },
	{ 'r', key_registers, "print the registers of all vCPUs" },
	{ 'h', key_help, "this help" },
};

static void key_help(struct machine *m __unused)
{
	unsigned int i;

	fputc('\n', stderr);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		fprintf(stderr, "Ctrl-A %c       %s\n", keys[i].key, keys[i].help);
	fputs("Ctrl-A Ctrl-A  send Ctrl-A to the guest (also Ctrl-A a)\n", stderr);
}

static void on_key(void *data, char key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			keys[i].fn(data);
}

/*
 * Signals and the time limit, both as events of the main loop.
 */

static void suspend(struct machine *m)
{
	output_flush(&m->con->out);
	console_restore();
	raise(SIGSTOP);
	if (m->con->tty)
		console_raw();
}

static void on_signal(struct ev_source *src, short revents __unused)
{
	struct machine *m = src->data;
	struct signalfd_siginfo si;

	if (read(src->fd, &si, sizeof(si)) != sizeof(si))
		return;
	switch (si.ssi_signo) {
	case SIGTSTP:
		suspend(m);
		break;
	case SIGCONT:
		if (m->con->tty)
			console_raw();
		break;
	default:
		machine_stop(m, STATUS_SIGNAL + (int)si.ssi_signo);
	}
}

static void on_timeout(struct ev_source *src, short revents __unused)
{
	struct machine *m = src->data;

	src->events = 0;
	if (machine_stop(m, STATUS_TIMEOUT))
		say("stopped after %.3g seconds (--timeout)",
		    (double)m->opt->timeout_ms / 1000);
}

static void on_vcpu_kick(int sig __unused)
{
	/* Its arrival is all: KVM_RUN returns EINTR. */
}

static int setup_signals(struct machine *m)
{
	static const int watched[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT,
	};
	struct sigaction kick = { .sa_handler = on_vcpu_kick };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	unsigned int i;
	sigset_t set;

	/* Threads made from here on inherit the mask: only the loop sees them. */
	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(watched); i++)
		sigaddset(&set, watched[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&kick.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(VCPU_KICK, &kick, NULL);
	sigaction(SIGPIPE, &ignore, NULL);

	m->signals = (struct ev_source) {
		.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
		.events = POLLIN, .fn = on_signal, .data = m,
	};
	if (m->signals.fd < 0)
		return fail("signalfd: %s", strerror(errno));
	return ev_add(&m->loop, &m->signals);
}

/* Made here, armed when the guest starts. */
static int setup_timeout(struct machine *m)
{
	if (!m->opt->timeout_ms)
		return 0;
	m->timeout = (struct ev_source) {
		.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC),
		.events = POLLIN, .fn = on_timeout, .data = m,
	};
	if (m->timeout.fd < 0)
		return fail("timerfd: %s", strerror(errno));
	return ev_add(&m->loop, &m->timeout);
}

static void arm_timeout(struct machine *m)
{
	u64 ms = m->opt->timeout_ms;
	struct itimerspec when = {
		.it_value.tv_sec = (time_t)(ms / 1000),
		.it_value.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	if (ms && timerfd_settime(m->timeout.fd, 0, &when, NULL) < 0)
		fail("timerfd: %s", strerror(errno));
}

/*
 * Parts, in the order in which they are made.
 */

static int setup_memory(struct machine *m)
{
	if (mem_add(&m->mem, "RAM", MAP_RAM_BASE, m->opt->mem, false) ||
	    mem_add(&m->mem, "flash 0", MAP_FLASH0_BASE, MAP_FLASH_SIZE, true) ||
	    mem_add(&m->mem, "flash 1", MAP_FLASH1_BASE, MAP_FLASH_SIZE, true))
		return -1;
	return vm_add_memory(&m->vm, &m->mem);
}

static int check_el2(const struct machine *m)
{
	if (!m->opt->el2 || vm_cap(&m->vm, KVM_CAP_ARM_EL2) > 0)
		return 0;
	return fail("%s gives vCPUs no EL2 (--el2): it takes KVM of a CPU with FEAT_NV2, and kvm-arm.mode=nested on the kernel's command line",
		    m->vm.path);
}

static int setup_vcpus(struct machine *m)
{
	int max = vm_cap(&m->vm, KVM_CAP_MAX_VCPUS);
	unsigned int i;

	if (max > 0 && m->opt->smp > (unsigned int)max)
		return fail("%s has at most %d vCPUs, --smp asks for %u",
			    m->vm.path, max, m->opt->smp);
	if (check_el2(m))
		return -1;
	m->vcpu = calloc(m->opt->smp, sizeof(*m->vcpu));
	if (!m->vcpu)
		return fail("no memory for %u vCPUs", m->opt->smp);
	for (i = 0; i < m->opt->smp; i++) {
		m->nr_vcpus++;
		if (vcpu_create(&m->vcpu[i], m, i))
			return -1;
	}
	if (m->opt->no_gic)
		return 0;
	return gic_create(&m->vm, m->nr_vcpus);
}

static int setup_virtio(struct machine *m)
{
	unsigned int i;

	for (i = 0; i < m->opt->nr_disks; i++)
		if (virtio_blk_create(m, m->opt->disk[i]))
			return -1;
	for (i = 0; i < m->opt->nr_nets; i++)
		if (virtio_net_create(m, m->opt->net[i]))
			return -1;
	if (m->opt->rng && virtio_rng_create(m))
		return -1;
	if (m->opt->virtio_console && virtio_console_create(m, m->con))
		return -1;
	return 0;
}

static int setup_devices(struct machine *m)
{
	pl011_init(&m->uart, m->con, m->opt->virtio_console, &m->vm, MAP_SPI_PL011);
	m->con->sink = pl011_input;
	m->con->sink_data = &m->uart;
	m->con->command = on_key;
	m->con->command_data = m;
	if (pl031_init(&m->rtc, &m->loop, &m->vm, MAP_SPI_PL031) ||
	    bus_add(&m->bus, "pl011", MAP_PL011_BASE, MAP_DEV_SIZE, &pl011_ops,
		    &m->uart) ||
	    bus_add(&m->bus, "pl031", MAP_PL031_BASE, MAP_DEV_SIZE, &pl031_ops,
		    &m->rtc) ||
	    bus_add(&m->bus, "exit", MAP_EXIT_BASE, MAP_DEV_SIZE, &exitdev_ops, m) ||
	    bus_add(&m->bus, "flash", MAP_FLASH0_BASE, 2 * MAP_FLASH_SIZE,
		    &flash_ops, NULL))
		return -1;
	return setup_virtio(m);
}

static int load_initrd(struct machine *m)
{
	if (!m->opt->initrd)
		return 0;
	m->initrd = MAP_RAM_BASE + min_u64(m->opt->mem / 2, INITRD_OFFSET);
	m->initrd = align_up(max_u64(m->initrd, m->loaded.end), INITRD_ALIGN);
	return load_file(&m->mem, m->opt->initrd, m->initrd, &m->initrd_len);
}

static int load_images(struct machine *m)
{
	struct load_request req = {
		.path = m->opt->firmware ? m->opt->firmware : m->opt->image,
		.addr = m->opt->load, .entry = m->opt->entry,
		.firmware = m->opt->firmware,
	};

	/* --dumpdtb needs no guest. */
	if (req.path && load_guest(&req, &m->mem, &m->loaded))
		return -1;
	if (verbose && req.path)
		say("%s: %s, entry 0x%llx", req.path, m->loaded.kind,
		    (unsigned long long)m->loaded.entry);
	return load_initrd(m);
}

/*
 * A key pressed while u-boot counts down is swallowed by it. A pipe's bytes
 * are there from the start, and they are commands: go to the prompt at once.
 */
static void choose_bootdelay(struct machine *m)
{
	m->set_bootdelay = m->opt->bootdelay_set;
	m->bootdelay = m->opt->bootdelay;
	if (m->set_bootdelay || !m->loaded.firmware || m->opt->nr_disks ||
	    console_stdin_is_tty())
		return;
	m->set_bootdelay = true;
	m->bootdelay = -1;
}

/* Firmware looks at the start of RAM; a kernel is told where: out of its way. */
static int place_dtb(struct machine *m, const void *fdt)
{
	u64 end = max_u64(m->loaded.end, m->initrd + m->initrd_len);

	if (m->loaded.firmware)
		m->dtb = MAP_RAM_BASE;
	else
		m->dtb = (ram_end(m) - m->dtb_len) & ~(DTB_ALIGN - 1);
	if (!m->loaded.firmware && m->dtb < end)
		return fail("no room for the device tree behind the guest's image; use a larger --mem");
	return load_copy(&m->mem, "device tree", m->dtb, fdt, m->dtb_len);
}

static int setup_dtb(struct machine *m)
{
	void *fdt;
	int len;

	if (m->opt->bare)
		return 0;
	choose_bootdelay(m);
	fdt = malloc(FDT_MAX);
	if (!fdt)
		return fail("no memory for the device tree");
	len = m->opt->dtb ? fdt_take(m, fdt, FDT_MAX) : fdt_generate(m, fdt, FDT_MAX);
	if (len > 0) {
		m->dtb_len = (u64)len;
		len = place_dtb(m, fdt);
	}
	free(fdt);
	return len < 0 ? -1 : 0;
}

/**
 * machine_create() - build the machine that the command line describes
 * @m: filled in; machine_destroy() it, whatever the result
 * @opt: the command line
 * @con: the terminal
 *
 * Return: 0, or -1 with the error reported.
 */
int machine_create(struct machine *m, const struct options *opt,
		   struct console *con)
{
	u64 top;

	memset(m, 0, sizeof(*m));
	m->opt = opt;
	m->con = con;
	m->signals.fd = -1;
	m->timeout.fd = -1;
	m->rtc.alarm.fd = -1;
	m->vm.dev = m->vm.fd = m->vm.gic = m->vm.its = -1;
	top = max_u64(ram_end(m) - 1, gic_top_gpa(opt->smp));
	if (ev_init(&m->loop) || console_attach(con, &m->loop) ||
	    setup_signals(m) || setup_timeout(m) ||
	    vm_open(&m->vm, opt->device, top) || setup_memory(m) ||
	    setup_vcpus(m) || setup_devices(m) || load_images(m) || setup_dtb(m))
		return -1;
	if (vm_cap(&m->vm, KVM_CAP_ARM_NISV_TO_USER) > 0)
		vm_enable_cap(&m->vm, KVM_CAP_ARM_NISV_TO_USER);
	return vcpu_set_entry(&m->vcpu[0], m->loaded.entry, m->dtb);
}

/**
 * machine_dump_dtb() - write the device tree as --dumpdtb says
 * @m: the machine
 *
 * Return: 0, or -1 with the error reported.
 */
int machine_dump_dtb(const struct machine *m)
{
	const char *path = m->opt->dumpdtb;
	const void *fdt = mem_ptr(&m->mem, m->dtb, m->dtb_len);
	FILE *f = strcmp(path, "-") ? fopen(path, "w") : stdout;
	int ret = 0;

	if (!f)
		return fail("%s: %s", path, strerror(errno));
	if (fwrite(fdt, 1, m->dtb_len, f) != m->dtb_len)
		ret = -1;
	if (f == stdout ? fflush(f) : fclose(f))
		ret = -1;
	return ret ? fail("%s: %s", path, strerror(errno)) : 0;
}

static int start_all(struct machine *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_virtio; i++)
		if (virtio_start(m->virtio[i]))
			return -1;
	if (console_start(m->con))
		return -1;
	arm_timeout(m);
	m->started = now_ns();
	for (i = 0; i < m->nr_vcpus; i++)
		if (vcpu_start(&m->vcpu[i]))
			return -1;
	return 0;
}

/* Return: 0, or -1 if a vCPU is stuck in the kernel. */
static int stop_all(struct machine *m)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < m->nr_vcpus; i++)
		vcpu_kick(&m->vcpu[i]);
	for (i = 0; i < m->nr_vcpus; i++)
		ret |= vcpu_join(&m->vcpu[i]);
	m->stopped = now_ns();
	for (i = 0; !ret && i < m->nr_virtio; i++)
		virtio_stop(m->virtio[i]);
	return ret;
}

/**
 * machine_run() - let the guest run until something ends it
 * @m: the machine
 *
 * Return: the exit status for the process.
 */
int machine_run(struct machine *m)
{
	unsigned int i;

	if (start_all(m)) {
		machine_stop(m, STATUS_SETUP);
		m->reboot = false;
	} else {
		ev_run(&m->loop);
	}
	if (stop_all(m)) {
		output_flush(&m->con->out);
		/* Its memory is still in use: leave without taking it apart. */
		console_restore();
		_exit(STATUS_RUN);
	}
	/* before what is said of the guest's end */
	console_detach(m->con);
	if (m->status != STATUS_RESET)
		m->reboot = false;
	for (i = 0; m->dump && i < m->nr_vcpus; i++)
		vcpu_dump(&m->vcpu[i]);
	return m->status;
}

/**
 * machine_destroy() - free all that machine_create() made
 * @m: the machine, stopped
 */
void machine_destroy(struct machine *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_virtio; i++)
		virtio_destroy(m->virtio[i]);
	for (i = 0; i < m->nr_vcpus; i++)
		vcpu_destroy(&m->vcpu[i]);
	free(m->vcpu);
	pl031_destroy(&m->rtc);
	vm_close(&m->vm);
	mem_release(&m->mem);
	if (m->timeout.fd >= 0)
		close(m->timeout.fd);
	if (m->signals.fd >= 0)
		close(m->signals.fd);
	ev_destroy(&m->loop);
}
