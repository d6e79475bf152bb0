/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_MACHINE_H
#define AVCPU_RUN_MACHINE_H

#include "bus.h"
#include "console.h"
#include "event.h"
#include "loader.h"
#include "map.h"
#include "memory.h"
#include "options.h"
#include "pl011.h"
#include "pl031.h"
#include "status.h"
#include "vcpu.h"
#include "vm.h"

struct virtio_dev;

/**
 * struct machine - everything there is of one guest
 * @opt: the command line
 * @vm: the VM, its GIC and ITS
 * @mem: guest memory
 * @bus: MMIO devices
 * @loop: the main thread's events: terminal, signals, timeout
 * @con: the terminal
 * @uart: serial port
 * @rtc: clock
 * @virtio: virtio devices, by slot
 * @nr_virtio: how many
 * @vcpu: the vCPUs
 * @nr_vcpus: how many exist
 * @signals: signalfd
 * @timeout: timerfd of --timeout
 * @loaded: the guest's image
 * @dtb: guest physical address of the device tree, 0 without
 * @dtb_len: its bytes
 * @initrd: guest physical address, 0 without
 * @initrd_len: its bytes
 * @bootdelay: for u-boot, if @set_bootdelay
 * @set_bootdelay: the device tree tells u-boot how long to wait
 * @stopping: set once; the vCPUs leave their loops
 * @status: exit status of the process
 * @dump: print registers after the vCPUs have stopped
 * @reboot: begin anew
 * @started: when the vCPUs were let go, ns
 * @stopped: when they had stopped, ns
 */
struct machine {
	const struct options *opt;
	struct vm vm;
	struct memory mem;
	struct bus bus;
	struct ev_loop loop;
	struct console *con;
	struct pl011 uart;
	struct pl031 rtc;
	struct virtio_dev *virtio[MAP_VIRTIO_MAX];
	unsigned int nr_virtio;
	struct vcpu *vcpu;
	unsigned int nr_vcpus;
	struct ev_source signals;
	struct ev_source timeout;
	struct loaded loaded;
	u64 dtb;
	u64 dtb_len;
	u64 initrd;
	u64 initrd_len;
	s64 bootdelay;
	bool set_bootdelay;
	bool stopping;
	int status;
	bool dump;
	bool reboot;
	u64 started;
	u64 stopped;
};

int machine_create(struct machine *m, const struct options *opt,
		   struct console *con);
int machine_dump_dtb(const struct machine *m);
int machine_run(struct machine *m);
void machine_destroy(struct machine *m);

bool machine_stopping(const struct machine *m);
bool machine_stop(struct machine *m, int status);
void machine_crash(struct machine *m, int status);

extern const struct bus_ops exitdev_ops;
extern const struct bus_ops flash_ops;

#endif
