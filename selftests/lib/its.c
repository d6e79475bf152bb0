// SPDX-License-Identifier: GPL-2.0
/* An ITS and its commands. See its.h. */
#include "its.h"

int reg_get_raw(const struct its *its, u64 reg, u64 *val)
{
	return attr_get(its->fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, reg, val);
}

int reg_set_raw(const struct its *its, u64 reg, u64 val)
{
	return attr_set(its->fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, reg, &val);
}

u64 reg_get(const struct its *its, u64 reg)
{
	u64 val;

	ASSERT_OK(reg_get_raw(its, reg, &val));
	return val;
}

void reg_set(const struct its *its, u64 reg, u64 val)
{
	ASSERT_OK(reg_set_raw(its, reg, val));
}

int ctrl(const struct its *its, u64 attr)
{
	return attr_set(its->fd, KVM_DEV_ARM_VGIC_GRP_CTRL, attr, NULL);
}

int place(const struct its *its, u64 base)
{
	return attr_set(its->fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base);
}

u64 *entry_at(const struct its *its, u64 table, u64 index)
{
	return (u64 *)gpa_to_hva(its->vm, table) + index;
}

/* Commands, IHI 0069 5.3 */

void put_command(struct its *its, u64 w0, u64 w1, u64 w2, u64 w3)
{
	u64 *cmd = entry_at(its, its->queue + its->cwriter, 0);

	cmd[0] = w0;
	cmd[1] = w1;
	cmd[2] = w2;
	cmd[3] = w3;
	its->cwriter = (its->cwriter + 32) % SZ_64K;
}

void command(struct its *its, u64 w0, u64 w1, u64 w2, u64 w3)
{
	put_command(its, w0, w1, w2, w3);
	reg_set(its, GITS_CWRITER, its->cwriter);
	ASSERT_EQ(reg_get(its, GITS_CREADR), its->cwriter);
}

void mapd(struct its *its, u32 dev, u64 itt, u32 bits)
{
	command(its, 0x08 | (u64)dev << 32, bits - 1, VALID | itt, 0);
}

void unmapd(struct its *its, u32 dev)
{
	command(its, 0x08 | (u64)dev << 32, 0, 0, 0);
}

void mapc(struct its *its, u32 icid, u64 vcpu)
{
	command(its, 0x09, 0, VALID | vcpu << 16 | icid, 0);
}

void unmapc(struct its *its, u32 icid)
{
	command(its, 0x09, 0, icid, 0);
}

void mapti(struct its *its, u32 dev, u32 event, u32 lpi, u32 icid)
{
	command(its, 0x0a | (u64)dev << 32, (u64)lpi << 32 | event, icid, 0);
}

void mapi(struct its *its, u32 dev, u32 event, u32 icid)
{
	command(its, 0x0b | (u64)dev << 32, event, icid, 0);
}

void movi(struct its *its, u32 dev, u32 event, u32 icid)
{
	command(its, 0x01 | (u64)dev << 32, event, icid, 0);
}

void discard(struct its *its, u32 dev, u32 event)
{
	command(its, 0x0f | (u64)dev << 32, event, 0, 0);
}

void inv(struct its *its, u32 dev, u32 event)
{
	command(its, 0x0c | (u64)dev << 32, event, 0, 0);
}

void invall(struct its *its, u32 icid)
{
	command(its, 0x0d, 0, icid, 0);
}

void movall(struct its *its, u64 from, u64 to)
{
	command(its, 0x0e, 0, from << 16, to << 16);
}

void int_(struct its *its, u32 dev, u32 event)
{
	command(its, 0x03 | (u64)dev << 32, event, 0, 0);
}

void clear(struct its *its, u32 dev, u32 event)
{
	command(its, 0x04 | (u64)dev << 32, event, 0, 0);
}

/* Set-up */

struct its *its_create(struct vm *vm, int gic, u64 base)
{
	struct its *its = calloc(1, sizeof(*its));

	ASSERT(its);
	its->vm = vm;
	its->gic = gic;
	its->fd = vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	its->base = base;
	ASSERT_OK(place(its, base));
	ASSERT_OK(ctrl(its, KVM_DEV_ARM_VGIC_CTRL_INIT));
	return its;
}

void its_set_tables(struct its *its, u64 dev, u64 coll, u64 queue)
{
	its->queue = queue;
	its->cwriter = 0;
	reg_set(its, GITS_BASER0, VALID | dev);
	reg_set(its, GITS_BASER1, VALID | coll);
	reg_set(its, GITS_CBASER, VALID | queue | (SZ_64K / SZ_4K - 1));
}

static void enable_lpis(const struct its *its, unsigned int cpu)
{
	gicr_set64(its->gic, cpu, GICR_PROPBASER, PROP_TABLE | 15);
	gicr_set64(its->gic, cpu, GICR_PENDBASER, PEND_TABLE(cpu));
	gicr_set(its->gic, cpu, GICR_CTLR, GICR_CTLR_ENABLE_LPIS);
}

struct its *its_new_on(const char *device, unsigned int nr_vcpus)
{
	struct vm *vm = vm_create_guest_on(device, nr_vcpus);

	vm_add_ram(vm, TABLES_BASE, TABLES_SIZE);
	return its_create(vm, gic_new(vm, ITS_NR_IRQS), GIC_ITS_BASE);
}

struct its *its_new(unsigned int nr_vcpus)
{
	return its_new_on(options.device, nr_vcpus);
}

void its_start(struct its *its)
{
	unsigned int cpu;

	memset(gpa_to_hva(its->vm, PROP_TABLE), PROP_ON, SZ_64K);
	for (cpu = 0; cpu < its->vm->nr_vcpus; cpu++)
		enable_lpis(its, cpu);
	its_set_tables(its, DEV_TABLE, COLL_TABLE, QUEUE);
	reg_set(its, GITS_CTLR, 1);
	ASSERT_EQ(reg_get(its, GITS_CTLR) & 1, 1);
	for (cpu = 0; cpu < its->vm->nr_vcpus; cpu++)
		mapc(its, cpu, cpu);
}

struct its *its_ready(unsigned int nr_vcpus)
{
	struct its *its = its_new(nr_vcpus);

	its_start(its);
	return its;
}

struct its *its_mapped(unsigned int nr_vcpus)
{
	struct its *its = its_ready(nr_vcpus);

	mapd(its, DEV, ITT(0), 5);
	mapti(its, DEV, EVENT, LPI, 0);
	return its;
}

int signal_msi(const struct its *its, u32 dev, u32 event)
{
	struct kvm_msi msi = {
		.address_lo = its->base + GITS_TRANSLATER, .data = event,
		.devid = dev, .flags = KVM_MSI_VALID_DEVID,
	};

	return ioctl(its->vm->fd, KVM_SIGNAL_MSI, &msi);
}

bool is_mapped(const struct its *its, u32 dev, u32 event)
{
	const int ret = ASSERT_OK(signal_msi(its, dev, event));

	ASSERT_LE(ret, 1);
	return ret;
}

void save_pending(const struct its *its)
{
	ASSERT_OK(attr_set(its->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
			   KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL));
}

bool is_pending(const struct its *its, unsigned int cpu, u32 lpi)
{
	save_pending(its);
	return ((u8 *)gpa_to_hva(its->vm, PEND_TABLE(cpu)))[lpi / 8] >> (lpi % 8) & 1;
}

struct its_state its_get_state(const struct its *its)
{
	return (struct its_state){
		.ctlr = reg_get(its, GITS_CTLR),
		.cbaser = reg_get(its, GITS_CBASER),
		.creadr = reg_get(its, GITS_CREADR),
		.cwriter = reg_get(its, GITS_CWRITER),
		.baser = { reg_get(its, GITS_BASER0), reg_get(its, GITS_BASER1) },
	};
}

int its_set_state(const struct its *its, const struct its_state *state)
{
	int ret;

	/* GITS_CBASER sets the others to 0. */
	reg_set(its, GITS_CBASER, state->cbaser);
	reg_set(its, GITS_CREADR, state->creadr);
	reg_set(its, GITS_CWRITER, state->cwriter);
	reg_set(its, GITS_BASER0, state->baser[0]);
	reg_set(its, GITS_BASER1, state->baser[1]);
	ret = ctrl(its, RESTORE);
	if (!ret)
		reg_set(its, GITS_CTLR, state->ctlr);
	return ret;
}

int reset_and_restore(struct its *its)
{
	struct its_state state = its_get_state(its);

	ASSERT_OK(ctrl(its, CTRL_RESET));
	ASSERT_EQ(reg_get(its, GITS_CTLR), 0x80000000);
	ASSERT_EQ(reg_get(its, GITS_BASER0) & VALID, 0);
	ASSERT_EQ(reg_get(its, GITS_BASER1) & VALID, 0);
	ASSERT_EQ(reg_get(its, GITS_CBASER), 0);
	state.ctlr = 1;
	return its_set_state(its, &state);
}
