// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of each CPU of which all that is wanted is the exit from the guest, and
 * the Linux numbers of two of them, the virtual timer's and the GIC's maintenance
 * interrupt. The drivers that know them tell KVM alone, so they are read from the machine's
 * description again: mapping an interrupt twice gives the same number.
 */
#include <linux/acpi.h>
#include <linux/interrupt.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/percpu.h>

#include "hwirq.h"

/* Index of the virtual timer in the node's interrupts, where they have no names. */
#define TIMER_NODE_VIRT		2

static const struct of_device_id timer_nodes[] = {
	{ .compatible = "arm,armv8-timer" },
	{ .compatible = "arm,armv7-timer" },
	{}
};

static const struct of_device_id gic_nodes[] = {
	{ .compatible = "arm,gic-v3" },
	{}
};

static u32 of_vtimer(void)
{
	struct device_node *node = of_find_matching_node(NULL, timer_nodes);
	int irq;

	if (!node)
		return 0;
	irq = of_irq_get_byname(node, "virt");
	if (irq <= 0)
		irq = of_irq_get(node, TIMER_NODE_VIRT);
	of_node_put(node);
	return irq > 0 ? irq : 0;
}

static u32 of_gic_maintenance(void)
{
	struct device_node *node = of_find_matching_node(NULL, gic_nodes);
	int irq;

	if (!node)
		return 0;
	irq = of_irq_get(node, 0);
	of_node_put(node);
	return irq > 0 ? irq : 0;
}

#ifdef CONFIG_ACPI

static u32 register_gsi(u32 gsi, bool edge, bool active_low)
{
	int irq;

	if (!gsi)
		return 0;
	irq = acpi_register_gsi(NULL, gsi,
				edge ? ACPI_EDGE_SENSITIVE : ACPI_LEVEL_SENSITIVE,
				active_low ? ACPI_ACTIVE_LOW : ACPI_ACTIVE_HIGH);
	return irq > 0 ? irq : 0;
}

static u32 acpi_vtimer(void)
{
	struct acpi_table_header *table;
	struct acpi_table_gtdt *gtdt;
	u32 irq;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_GTDT, 0, &table)))
		return 0;
	gtdt = container_of(table, struct acpi_table_gtdt, header);
	irq = register_gsi(gtdt->virtual_timer_interrupt,
			   gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_MODE,
			   gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_POLARITY);
	acpi_put_table(table);
	return irq;
}

/* The first CPU's entry: it is a PPI, with one number for all CPUs. */
static const struct acpi_madt_generic_interrupt *
first_gicc(const struct acpi_table_madt *madt)
{
	const void *end = (const void *)madt + madt->header.length;
	const struct acpi_subtable_header *entry = (const void *)(madt + 1);

	while ((const void *)(entry + 1) <= end && entry->length >= sizeof(*entry)) {
		if (entry->type == ACPI_MADT_TYPE_GENERIC_INTERRUPT)
			return (const void *)entry;
		entry = (const void *)entry + entry->length;
	}
	return NULL;
}

static u32 acpi_gic_maintenance(void)
{
	const struct acpi_madt_generic_interrupt *gicc;
	struct acpi_table_header *table;
	u32 irq = 0;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &table)))
		return 0;
	gicc = first_gicc(container_of(table, struct acpi_table_madt, header));
	if (gicc)
		irq = register_gsi(gicc->vgic_interrupt,
				   gicc->flags & ACPI_MADT_VGIC_IRQ_MODE, false);
	acpi_put_table(table);
	return irq;
}

#else

static u32 acpi_vtimer(void)
{
	return 0;
}

static u32 acpi_gic_maintenance(void)
{
	return 0;
}

#endif

/**
 * avcpu_hwirq_vtimer() - the EL1 virtual timer's interrupt, 0 if there is none
 */
u32 avcpu_hwirq_vtimer(void)
{
	return acpi_disabled ? of_vtimer() : acpi_vtimer();
}

/**
 * avcpu_hwirq_gic_maintenance() - the GIC's maintenance interrupt, or 0
 */
u32 avcpu_hwirq_gic_maintenance(void)
{
	return acpi_disabled ? of_gic_maintenance() : acpi_gic_maintenance();
}

static DEFINE_PER_CPU(int, cookie);

static irqreturn_t handled(int irq, void *unused)
{
	return IRQ_HANDLED;
}

/**
 * avcpu_hwirq_request() - request a per-CPU interrupt that has no work but the exit
 * @irq: its Linux number; nobody has it
 * @name: for /proc/interrupts
 *
 * It is not enabled on any CPU. Return: 0 or a negative errno.
 */
int avcpu_hwirq_request(unsigned int irq, const char *name)
{
	return request_percpu_irq(irq, handled, name, &cookie);
}

/* It is disabled on all CPUs. */
void avcpu_hwirq_free(unsigned int irq)
{
	free_percpu_irq(irq, &cookie);
}
