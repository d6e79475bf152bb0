// SPDX-License-Identifier: GPL-2.0
/*
 * The command queue (IHI 0069, 5.3). A command that is wrong is ignored, and the
 * queue goes on: GITS_TYPER.SEIS is 0, so the guest is not told.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "its_internal.h"

/* struct its_cmd.w[0] */
#define CMD_OPCODE	GENMASK_ULL(7, 0)
#define CMD_DEVID	GENMASK_ULL(63, 32)
/* w[1] */
#define CMD_SIZE	GENMASK_ULL(4, 0)	/* of EventIDs in bits, minus 1 */
#define CMD_EVENT	GENMASK_ULL(31, 0)
#define CMD_INTID	GENMASK_ULL(63, 32)
/* w[2] */
#define CMD_ICID	GENMASK_ULL(15, 0)
#define CMD_ITT		GENMASK_ULL(51, 8)	/* in place, not shifted */
#define CMD_RDBASE	GENMASK_ULL(50, 16)	/* MOVALL: in w[3] too */
#define CMD_VALID	BIT_ULL(63)

/* A command as the guest wrote it, in our byte order. */
struct its_cmd {
	u64 w[4];
};

static u32 devid_of(const struct its_cmd *cmd)
{
	return FIELD_GET(CMD_DEVID, cmd->w[0]);
}

static u32 event_of(const struct its_cmd *cmd)
{
	return FIELD_GET(CMD_EVENT, cmd->w[1]);
}

static u32 icid_of(const struct its_cmd *cmd)
{
	return FIELD_GET(CMD_ICID, cmd->w[2]);
}

static struct its_event *find_event(struct avcpu_its *its, const struct its_cmd *cmd,
				    struct its_device **device)
{
	struct its_device *dev = xa_load(&its->devices, devid_of(cmd));

	if (device)
		*device = dev;
	return dev ? xa_load(&dev->events, event_of(cmd)) : NULL;
}

/* GITS_TYPER.PTA is 0: RDbase is GICR_TYPER.Processor_Number. */
static struct avcpu_vcpu *rdbase_vcpu(struct avcpu_its *its, u64 word)
{
	u64 id = FIELD_GET(CMD_RDBASE, word);

	return id < AVCPU_MAX_VCPUS ? avcpu_vcpu_by_id(its->vm, id) : NULL;
}

/* The collection @icid, if it is mapped. */
static struct its_collection *mapped_collection(struct avcpu_its *its, u32 icid)
{
	struct its_collection *coll = xa_load(&its->collections, icid);

	return coll && coll->vcpu ? coll : NULL;
}

/* Mapping a device anew drops what was mapped before. */
static void do_mapd(struct avcpu_its *its, const struct its_cmd *cmd)
{
	u32 bits = FIELD_GET(CMD_SIZE, cmd->w[1]) + 1;
	u32 devid = devid_of(cmd);
	u64 gpa;

	if (!avcpu_its_entry_gpa(its, AVCPU_ITS_DEVICES, devid, &gpa))
		return;
	if (!(cmd->w[2] & CMD_VALID)) {
		avcpu_its_unmap_device(its, devid);
		/* A later restore must not find what was saved of it. */
		avcpu_its_write_entry(its, gpa, 0);
	} else if (bits <= AVCPU_ITS_ID_BITS) {
		avcpu_its_unmap_device(its, devid);
		avcpu_its_map_device(its, devid, cmd->w[2] & CMD_ITT, bits);
	}
}

static void do_mapc(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct avcpu_vcpu *vcpu;

	if (!(cmd->w[2] & CMD_VALID)) {
		avcpu_its_unmap_collection(its, icid_of(cmd));
		return;
	}
	vcpu = rdbase_vcpu(its, cmd->w[2]);
	if (vcpu)
		avcpu_its_map_collection(its, icid_of(cmd), vcpu);
}

static void map_event(struct avcpu_its *its, const struct its_cmd *cmd, u32 intid)
{
	struct its_device *device = xa_load(&its->devices, devid_of(cmd));

	if (device)
		avcpu_its_map_event(its, device, event_of(cmd), intid, icid_of(cmd));
}

static void do_mapti(struct avcpu_its *its, const struct its_cmd *cmd)
{
	map_event(its, cmd, FIELD_GET(CMD_INTID, cmd->w[1]));
}

static void do_mapi(struct avcpu_its *its, const struct its_cmd *cmd)
{
	map_event(its, cmd, event_of(cmd));
}

static void do_movi(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct its_collection *to = mapped_collection(its, icid_of(cmd));
	struct its_event *event = find_event(its, cmd, NULL);

	if (event && event->collection->vcpu && to)
		avcpu_its_move_event(its, event, to);
}

static void do_discard(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct its_device *device;
	struct its_event *event = find_event(its, cmd, &device);
	u32 id = event_of(cmd);

	if (!event || !event->collection->vcpu)
		return;
	avcpu_its_unmap_event(its, device, id);
	avcpu_its_write_entry(its, device->itt + id * AVCPU_ITS_ENTRY, 0);
}

static void do_int(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct avcpu_irq *irq;

	if (avcpu_its_translate(its, devid_of(cmd), event_of(cmd), &irq) != 1)
		return;
	avcpu_lpi_set_pending(its->vm, irq, true);
	avcpu_lpi_release(irq);
}

static void do_clear(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct its_event *event = find_event(its, cmd, NULL);

	if (event)
		avcpu_lpi_set_pending(its->vm, event->irq, false);
}

static void do_inv(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct its_event *event = find_event(its, cmd, NULL);

	if (event)
		avcpu_its_load_config(its->vm, event->irq);
}

static void do_invall(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct its_collection *coll = mapped_collection(its, icid_of(cmd));

	if (coll)
		avcpu_its_invall(coll->vcpu);
}

/* Collections stay: the guest maps them anew, or its LPIs go back. */
static void do_movall(struct avcpu_its *its, const struct its_cmd *cmd)
{
	struct avcpu_vcpu *from = rdbase_vcpu(its, cmd->w[2]);
	struct avcpu_vcpu *to = rdbase_vcpu(its, cmd->w[3]);
	struct avcpu_irq *irq;
	u32 intid;

	if (!from || !to || from == to)
		return;
	for (irq = avcpu_lpi_next(its->vm, AVCPU_MIN_LPI); irq;
	     irq = avcpu_lpi_next(its->vm, intid + 1)) {
		intid = irq->intid;
		if (READ_ONCE(irq->target) == from)
			avcpu_lpi_set_target(its->vm, irq, to);
		avcpu_irq_put(irq);
		cond_resched();
	}
}

/* All is done when the command is. */
static void do_sync(struct avcpu_its *its, const struct its_cmd *cmd)
{
}

static void (*const commands[])(struct avcpu_its *its, const struct its_cmd *cmd) = {
	[GITS_CMD_MOVI]		= do_movi,
	[GITS_CMD_INT]		= do_int,
	[GITS_CMD_CLEAR]	= do_clear,
	[GITS_CMD_SYNC]		= do_sync,
	[GITS_CMD_MAPD]		= do_mapd,
	[GITS_CMD_MAPC]		= do_mapc,
	[GITS_CMD_MAPTI]	= do_mapti,
	[GITS_CMD_MAPI]		= do_mapi,
	[GITS_CMD_INV]		= do_inv,
	[GITS_CMD_INVALL]	= do_invall,
	[GITS_CMD_MOVALL]	= do_movall,
	[GITS_CMD_DISCARD]	= do_discard,
};

static void run_command(struct avcpu_its *its, const __le64 *raw)
{
	struct its_cmd cmd;
	u32 opcode, i;

	for (i = 0; i < ARRAY_SIZE(cmd.w); i++)
		cmd.w[i] = le64_to_cpu(raw[i]);
	opcode = FIELD_GET(CMD_OPCODE, cmd.w[0]);
	if (opcode < ARRAY_SIZE(commands) && commands[opcode])
		commands[opcode](its, &cmd);
}

/**
 * avcpu_its_run_queue() - do what the guest has put into the queue
 * @its: the ITS
 *
 * As many commands as the queue holds at most, unless the thread is to die.
 *
 * Context: its->lock and vm->srcu held; may sleep.
 */
void avcpu_its_run_queue(struct avcpu_its *its)
{
	u64 base = GITS_CBASER_ADDRESS(its->cbaser);
	u32 size = avcpu_its_queue_size(its);
	__le64 raw[4];

	while (its->enabled && its->creadr != its->cwriter) {
		if (fatal_signal_pending(current))
			break;
		/* A queue that is no memory has no commands. */
		if (!avcpu_read_guest(its->vm, base + its->creadr, raw, sizeof(raw)))
			run_command(its, raw);
		its->creadr += sizeof(raw);
		if (its->creadr >= size)
			its->creadr = 0;
		if (its->creadr != its->cwriter)
			cond_resched();
	}
}
