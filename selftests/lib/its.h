/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ITS, driven from the host. Most cases need no guest: user space writes the
 * command queue and GITS_CWRITER, signals MSIs by KVM_SIGNAL_MSI, which says
 * whether they arrived, and reads what is mapped and pending from saved tables.
 */
#ifndef SELFTESTS_ITS_H
#define SELFTESTS_ITS_H

#include "gic.h"
#include "its_abi.h"

/* Guest memory for tables: at a fixed place each, 64 KiB. */
#define TABLES_BASE	0x50000000ULL
#define TABLES_SIZE	0x00400000ULL
#define TABLE(n)	(TABLES_BASE + (n) * SZ_64K)
#define DEV_TABLE	TABLE(0)
#define COLL_TABLE	TABLE(1)
#define QUEUE		TABLE(2)
#define PROP_TABLE	TABLE(3)
#define PEND_TABLE(cpu)	TABLE(4 + (cpu))
#define ITT(n)		TABLE(16 + (n))
#define QUEUE2		TABLE(40)
#define DEV_TABLE2	TABLE(41)
#define COLL_TABLE2	TABLE(42)
#define DEV_L2(n)	TABLE(44 + (n))
#define NO_MEMORY	0x70000000ULL

#define ITS2_BASE	0x09100000ULL

#define VALID		BIT(63)
#define INDIRECT	BIT(62)
#define PROP_ON		0xa1	/* priority 0xa0, enabled */
#define PROP_OFF	0xa0

#define CTRL_RESET	KVM_DEV_ARM_ITS_CTRL_RESET
#define SAVE		KVM_DEV_ARM_ITS_SAVE_TABLES
#define RESTORE		KVM_DEV_ARM_ITS_RESTORE_TABLES

#define ITS_NR_IRQS	128	/* of its VM's GIC */

struct its {
	struct vm *vm;
	int gic;
	int fd;
	u64 base;
	u64 queue;
	u64 cwriter;
};

/* An ITS whose registers are as they were at first. */
struct its *its_create(struct vm *vm, int gic, u64 base);
struct its *its_new(unsigned int nr_vcpus);
struct its *its_new_on(const char *device, unsigned int nr_vcpus);
void its_set_tables(struct its *its, u64 dev, u64 coll, u64 queue);
/* Enable LPIs, all of them, and the ITS; ICID n is mapped to vCPU n. */
void its_start(struct its *its);
/* One that was started; and with DEV's EVENT mapped to LPI, on vCPU 0. */
struct its *its_ready(unsigned int nr_vcpus);
struct its *its_mapped(unsigned int nr_vcpus);

#define LPI	(GIC_LPI_BASE + 100)

/* Attributes: the raw calls give the ioctl's result, the others assert it. */
int reg_get_raw(const struct its *its, u64 reg, u64 *val);
int reg_set_raw(const struct its *its, u64 reg, u64 val);
u64 reg_get(const struct its *its, u64 reg);
void reg_set(const struct its *its, u64 reg, u64 val);
int ctrl(const struct its *its, u64 attr);
int place(const struct its *its, u64 base);
/* An entry of a table in guest memory. */
u64 *entry_at(const struct its *its, u64 table, u64 index);

/* Put a command into the queue; and have it done. */
void put_command(struct its *its, u64 w0, u64 w1, u64 w2, u64 w3);
void command(struct its *its, u64 w0, u64 w1, u64 w2, u64 w3);
void mapd(struct its *its, u32 dev, u64 itt, u32 bits);
void unmapd(struct its *its, u32 dev);
void mapc(struct its *its, u32 icid, u64 vcpu);
void unmapc(struct its *its, u32 icid);
void mapti(struct its *its, u32 dev, u32 event, u32 lpi, u32 icid);
void mapi(struct its *its, u32 dev, u32 event, u32 icid);
void movi(struct its *its, u32 dev, u32 event, u32 icid);
void discard(struct its *its, u32 dev, u32 event);
void inv(struct its *its, u32 dev, u32 event);
void invall(struct its *its, u32 icid);
void movall(struct its *its, u64 from, u64 to);
void int_(struct its *its, u32 dev, u32 event);
void clear(struct its *its, u32 dev, u32 event);

/* KVM_SIGNAL_MSI: the ioctl's result; and whether it was delivered. */
int signal_msi(const struct its *its, u32 dev, u32 event);
bool is_mapped(const struct its *its, u32 dev, u32 event);
/* By the saved table. */
void save_pending(const struct its *its);
bool is_pending(const struct its *its, unsigned int cpu, u32 lpi);
/* The registers; setting them restores the tables too, whose result it gives. */
struct its_state {
	u64 ctlr, cbaser, creadr, cwriter, baser[2];
};
struct its_state its_get_state(const struct its *its);
int its_set_state(const struct its *its, const struct its_state *state);
/* What user space does on the other side; the result of the restore. */
int reset_and_restore(struct its *its);

#endif
