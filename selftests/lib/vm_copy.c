// SPDX-License-Identifier: GPL-2.0
/* See vm_copy.h. */
#include "gic.h"
#include "vm_copy.h"

void vcpu_complete_exit(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	ASSERT_EQ(vcpu_run(vcpu), -EINTR);
	vcpu->run->immediate_exit = 0;
}

void vm_copy_memory(const struct vm *from, const struct vm *to)
{
	unsigned int i;

	for (i = 0; i < from->nr_slots; i++)
		memcpy(gpa_to_hva(to, from->slots[i].gpa), from->slots[i].hva,
		       from->slots[i].size);
}

/* The largest register, of SVE, has 2048 bits. */
static bool copy_register(const struct vcpu *from, const struct vcpu *to, u64 id)
{
	u8 value[256] = { 0 }, now[256] = { 0 };

	ASSERT_OK(vcpu_get_raw(from, id, value));
	if (!vcpu_set_raw(to, id, value))
		return true;
	/* What cannot be written may be what it should be. */
	return !vcpu_get_raw(to, id, now) && !memcmp(value, now, sizeof(now));
}

unsigned int vcpu_copy(const struct vcpu *from, const struct vcpu *to)
{
	struct kvm_reg_list *list = vcpu_reg_list(from);
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp_state;
	unsigned int i, left = 0;

	for (i = 0; i < list->n; i++)
		left += !copy_register(from, to, list->reg[i]);
	free(list);
	ASSERT_OK(ioctl(from->fd, KVM_GET_MP_STATE, &mp_state));
	ASSERT_OK(ioctl(to->fd, KVM_SET_MP_STATE, &mp_state));
	ASSERT_OK(ioctl(from->fd, KVM_GET_VCPU_EVENTS, &events));
	ASSERT_OK(ioctl(to->fd, KVM_SET_VCPU_EVENTS, &events));
	return left;
}

/* An array of @bits for each INTID; in the order of writing, which is that of a VMM. */
static const struct {
	u64 offset;
	unsigned int bits;
} arrays[] = {
	{ GICD_IGROUPR, 1 }, { GICD_IPRIORITYR, 8 }, { GICD_ICFGR, 2 },
	{ GICD_ISENABLER, 1 }, { GICD_ISPENDR, 1 }, { GICD_ISACTIVER, 1 },
};

static void copy_spis(int from, int to, u64 offset, unsigned int bits, unsigned int nr_irqs)
{
	u64 off;

	for (off = offset + 32 * bits / 8; off < offset + nr_irqs * bits / 8; off += 4)
		gicd_set(to, off, gicd_get(from, off));
}

static void copy_dist(int from, int to)
{
	const unsigned int nr_irqs = ((gicd_get(from, GICD_TYPER) & 0x1f) + 1) * 32;
	unsigned int i;

	gicd_set(to, GICD_IIDR, gicd_get(from, GICD_IIDR));
	gicd_set(to, GICD_CTLR, gicd_get(from, GICD_CTLR));
	copy_spis(from, to, GICD_IROUTER, 64, nr_irqs);
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		copy_spis(from, to, arrays[i].offset, arrays[i].bits, nr_irqs);
	for (i = 32; i < nr_irqs; i += 32)
		gic_level_set(to, 0, i, gic_level_get(from, 0, i));
}

/* LPIs on last: their tables are read then. */
static const u64 lpi_regs[] = {
	GICR_PROPBASER, GICR_PROPBASER + 4, GICR_PENDBASER, GICR_PENDBASER + 4, GICR_CTLR,
};

static void copy_redist(int from, int to, unsigned int cpu)
{
	unsigned int i;
	u64 off;

	for (i = 0; i < ARRAY_SIZE(lpi_regs); i++)
		gicr_set(to, cpu, lpi_regs[i], gicr_get(from, cpu, lpi_regs[i]));
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		for (off = 0; off < 32 * arrays[i].bits / 8; off += 4) {
			const u64 reg = GICR_SGI + arrays[i].offset + off;

			gicr_set(to, cpu, reg, gicr_get(from, cpu, reg));
		}
	gic_level_set(to, cpu, 0, gic_level_get(from, cpu, 0));
}

static const u64 icc_regs[] = {
	ICC_SRE_REG, ICC_CTLR_REG, ICC_IGRPEN0_REG, ICC_IGRPEN1_REG, ICC_PMR_REG,
	ICC_BPR0_REG, ICC_BPR1_REG,
};

static void copy_cpu_interface(int from, int to, unsigned int cpu)
{
	/* ICC_CTLR_EL1.PRIbits: 32 active priorities to a register. */
	const unsigned int pri_bits = (icc_get(from, cpu, ICC_CTLR_REG) >> 8 & 7) + 1;
	const unsigned int nr_apr = pri_bits > 5 ? 1 << (pri_bits - 5) : 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(icc_regs); i++)
		icc_set(to, cpu, icc_regs[i], icc_get(from, cpu, icc_regs[i]));
	for (i = 0; i < nr_apr; i++) {
		icc_set(to, cpu, ICC_AP0R_REG(i), icc_get(from, cpu, ICC_AP0R_REG(i)));
		icc_set(to, cpu, ICC_AP1R_REG(i), icc_get(from, cpu, ICC_AP1R_REG(i)));
	}
}

void gic_copy(int from, int to, unsigned int nr_vcpus)
{
	unsigned int cpu;

	copy_dist(from, to);
	for (cpu = 0; cpu < nr_vcpus; cpu++) {
		copy_redist(from, to, cpu);
		copy_cpu_interface(from, to, cpu);
	}
}
