// SPDX-License-Identifier: GPL-2.0
/*
 * The device tree: generated for the machine, or the user's with /chosen
 * filled in. Nodes and their names are those of QEMU's "virt" board.
 */
#include "fdt.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gic.h"
#include "machine.h"
#include "virtio/virtio.h"

#define PHANDLE_GIC	1
#define PHANDLE_CLK	2
#define PHANDLE_ITS	3

#define GIC_SPI		0
#define GIC_PPI		1
#define IRQ_EDGE_RISING	1
#define IRQ_LEVEL_HIGH	4

#define UART_CLOCK_HZ	24000000
#define MAX_CELLS	16

/*
 * Every call returns an error that is nearly never there: the first one is
 * kept and reported once at the end.
 */
struct tree {
	void *buf;
	int err;
};

static void keep(struct tree *t, int ret)
{
	if (!t->err && ret < 0)
		t->err = ret;
}

static void begin(struct tree *t, const char *fmt, ...) __printf(2, 3);
static void begin(struct tree *t, const char *fmt, ...)
{
	char name[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	keep(t, fdt_begin_node(t->buf, name));
}

static void end(struct tree *t)
{
	keep(t, fdt_end_node(t->buf));
}

static void prop(struct tree *t, const char *name, const void *val, size_t len)
{
	keep(t, fdt_property(t->buf, name, val, (int)len));
}

static void prop_string(struct tree *t, const char *name, const char *val)
{
	prop(t, name, val, strlen(val) + 1);
}

/* For lists of strings: a literal with embedded NULs, its own NUL counted. */
#define prop_strings(t, name, literal)	prop(t, name, literal, sizeof(literal))

static void prop_cells(struct tree *t, const char *name, unsigned int n,
		       const u32 *cells)
{
	fdt32_t be[MAX_CELLS];
	unsigned int i;

	for (i = 0; i < n; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	prop(t, name, be, n * sizeof(be[0]));
}

#define cells(t, name, ...)						\
	prop_cells(t, name, sizeof((u32[]){ __VA_ARGS__ }) / sizeof(u32), \
		   (u32[]){ __VA_ARGS__ })

#define HI(v)	((u32)((u64)(v) >> 32))
#define LO(v)	((u32)(v))
#define ADDR(v)	HI(v), LO(v)

static void prop_irq(const struct machine *m, struct tree *t, unsigned int spi,
		     u32 flags)
{
	if (m->vm.gic >= 0)
		cells(t, "interrupts", GIC_SPI, spi, flags);
}

/* HVC is the guest's own where it has EL2, so the conduit is SMC (DEN0022 5.2.1). */
static void add_psci(const struct machine *m, struct tree *t)
{
	begin(t, "psci");
	prop_strings(t, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	prop_string(t, "method", m->opt->el2 ? "smc" : "hvc");
	end(t);
}

static void add_memory(const struct machine *m, struct tree *t)
{
	begin(t, "memory@%llx", MAP_RAM_BASE);
	prop_string(t, "device_type", "memory");
	cells(t, "reg", ADDR(MAP_RAM_BASE), ADDR(m->opt->mem));
	end(t);
}

static void add_cpus(const struct machine *m, struct tree *t)
{
	unsigned int i;

	begin(t, "cpus");
	cells(t, "#address-cells", 2);
	cells(t, "#size-cells", 0);
	for (i = 0; i < m->nr_vcpus; i++) {
		u64 mpidr = m->vcpu[i].mpidr;

		begin(t, "cpu@%llx", (unsigned long long)mpidr);
		prop_string(t, "device_type", "cpu");
		prop_string(t, "compatible", "arm,armv8");
		prop_string(t, "enable-method", "psci");
		cells(t, "reg", ADDR(mpidr));
		end(t);
	}
	end(t);
}

/* The timer's node means interrupts: without a GIC there is nothing to say. */
static void add_timer(const struct machine *m, struct tree *t)
{
	static const u32 irqs[] = {
		GIC_PPI, MAP_PPI_TIMER_S, IRQ_LEVEL_HIGH,
		GIC_PPI, MAP_PPI_TIMER_NS, IRQ_LEVEL_HIGH,
		GIC_PPI, MAP_PPI_TIMER_VIRT, IRQ_LEVEL_HIGH,
		GIC_PPI, MAP_PPI_TIMER_HYP, IRQ_LEVEL_HIGH,
		GIC_PPI, MAP_PPI_TIMER_HYP_VIRT, IRQ_LEVEL_HIGH,
	};
	/* the EL2 virtual timer's, which comes with VHE */
	const unsigned int nr = ARRAY_SIZE(irqs) - (m->opt->el2 ? 0 : 3);

	begin(t, "timer");
	prop_strings(t, "compatible", "arm,armv8-timer");
	prop_cells(t, "interrupts", nr, irqs);
	prop(t, "always-on", NULL, 0);
	end(t);
}

static void add_its(struct tree *t)
{
	begin(t, "its@%llx", MAP_ITS_BASE);
	prop_string(t, "compatible", "arm,gic-v3-its");
	prop(t, "msi-controller", NULL, 0);
	cells(t, "#msi-cells", 1);
	cells(t, "reg", ADDR(MAP_ITS_BASE), ADDR(MAP_ITS_SIZE));
	cells(t, "phandle", PHANDLE_ITS);
	end(t);
}

static void add_gic(const struct machine *m, struct tree *t)
{
	u64 low = gic_low_cpus(m->nr_vcpus) * MAP_GICR_STRIDE;
	u64 high = m->nr_vcpus * MAP_GICR_STRIDE - low;

	begin(t, "intc@%llx", MAP_GICD_BASE);
	prop_string(t, "compatible", "arm,gic-v3");
	cells(t, "#interrupt-cells", 3);
	prop(t, "interrupt-controller", NULL, 0);
	cells(t, "#address-cells", 2);
	cells(t, "#size-cells", 2);
	prop(t, "ranges", NULL, 0);
	cells(t, "#redistributor-regions", high ? 2 : 1);
	if (high)
		cells(t, "reg", ADDR(MAP_GICD_BASE), ADDR(MAP_GICD_SIZE),
		      ADDR(MAP_GICR_BASE), ADDR(low),
		      ADDR(MAP_GICR_HIGH_BASE), ADDR(high));
	else
		cells(t, "reg", ADDR(MAP_GICD_BASE), ADDR(MAP_GICD_SIZE),
		      ADDR(MAP_GICR_BASE), ADDR(low));
	cells(t, "phandle", PHANDLE_GIC);
	if (m->opt->el2)
		cells(t, "interrupts", GIC_PPI, MAP_PPI_GIC_MAINT, IRQ_LEVEL_HIGH);
	if (m->vm.its >= 0)
		add_its(t);
	end(t);
}

static void add_clock(struct tree *t)
{
	begin(t, "apb-pclk");
	prop_string(t, "compatible", "fixed-clock");
	cells(t, "#clock-cells", 0);
	cells(t, "clock-frequency", UART_CLOCK_HZ);
	prop_string(t, "clock-output-names", "clk24mhz");
	cells(t, "phandle", PHANDLE_CLK);
	end(t);
}

static void add_pl011(const struct machine *m, struct tree *t)
{
	begin(t, "pl011@%llx", MAP_PL011_BASE);
	prop_strings(t, "compatible", "arm,pl011\0arm,primecell");
	cells(t, "reg", ADDR(MAP_PL011_BASE), ADDR(MAP_DEV_SIZE));
	prop_irq(m, t, MAP_SPI_PL011, IRQ_LEVEL_HIGH);
	cells(t, "clocks", PHANDLE_CLK, PHANDLE_CLK);
	prop_strings(t, "clock-names", "uartclk\0apb_pclk");
	end(t);
}

static void add_pl031(const struct machine *m, struct tree *t)
{
	begin(t, "pl031@%llx", MAP_PL031_BASE);
	prop_strings(t, "compatible", "arm,pl031\0arm,primecell");
	cells(t, "reg", ADDR(MAP_PL031_BASE), ADDR(MAP_DEV_SIZE));
	prop_irq(m, t, MAP_SPI_PL031, IRQ_LEVEL_HIGH);
	cells(t, "clocks", PHANDLE_CLK);
	prop_string(t, "clock-names", "apb_pclk");
	end(t);
}

static void add_virtio(const struct machine *m, struct tree *t)
{
	unsigned int i;

	for (i = 0; i < m->nr_virtio; i++) {
		u64 base = MAP_VIRTIO_BASE + i * MAP_VIRTIO_STRIDE;

		begin(t, "virtio_mmio@%llx", (unsigned long long)base);
		prop_string(t, "compatible", "virtio,mmio");
		cells(t, "reg", ADDR(base), ADDR(MAP_VIRTIO_STRIDE));
		prop_irq(m, t, MAP_SPI_VIRTIO + i, IRQ_EDGE_RISING);
		prop(t, "dma-coherent", NULL, 0);
		end(t);
	}
}

/*
 * u-boot reads its configuration here. Its wait for a key at start swallows
 * the first byte of piped commands, so it can be told not to wait.
 */
static void add_config(const struct machine *m, struct tree *t)
{
	if (!m->set_bootdelay)
		return;
	begin(t, "config");
	cells(t, "bootdelay", (u32)m->bootdelay);
	end(t);
}

struct seeds {
	u8 kaslr[8];
	u8 rng[32];
};

static void add_chosen(const struct machine *m, struct tree *t)
{
	char stdout_path[32];
	struct seeds seeds;

	snprintf(stdout_path, sizeof(stdout_path), "/pl011@%llx", MAP_PL011_BASE);
	begin(t, "chosen");
	prop_string(t, "stdout-path", stdout_path);
	if (m->opt->append)
		prop_string(t, "bootargs", m->opt->append);
	if (m->initrd) {
		cells(t, "linux,initrd-start", ADDR(m->initrd));
		cells(t, "linux,initrd-end", ADDR(m->initrd + m->initrd_len));
	}
	if (!random_bytes(&seeds, sizeof(seeds))) {
		prop(t, "kaslr-seed", seeds.kaslr, sizeof(seeds.kaslr));
		prop(t, "rng-seed", seeds.rng, sizeof(seeds.rng));
	}
	end(t);
}

/**
 * fdt_generate() - describe the machine
 * @m: the machine, complete but for its device tree
 * @buf: where it goes
 * @size: bytes there
 *
 * Return: the tree's size in bytes, or -1 with the error reported.
 */
int fdt_generate(const struct machine *m, void *buf, size_t size)
{
	struct tree t = { .buf = buf };

	keep(&t, fdt_create(buf, (int)size));
	keep(&t, fdt_finish_reservemap(buf));
	begin(&t, "%s", "");
	prop_string(&t, "compatible", "linux,dummy-virt");
	prop_string(&t, "model", "linux,dummy-virt");
	cells(&t, "#address-cells", 2);
	cells(&t, "#size-cells", 2);
	if (m->vm.gic >= 0)
		cells(&t, "interrupt-parent", PHANDLE_GIC);
	add_psci(m, &t);
	add_memory(m, &t);
	add_cpus(m, &t);
	if (m->vm.gic >= 0) {
		add_timer(m, &t);
		add_gic(m, &t);
	}
	add_clock(&t);
	add_pl011(m, &t);
	add_pl031(m, &t);
	add_virtio(m, &t);
	add_config(m, &t);
	add_chosen(m, &t);
	end(&t);
	keep(&t, fdt_finish(buf));
	if (t.err)
		return fail("device tree: %s", fdt_strerror(t.err));
	return (int)fdt_totalsize(buf);
}

static int set_chosen(const struct machine *m, void *fdt, int node)
{
	int ret = 0;

	if (m->opt->append)
		ret = fdt_setprop_string(fdt, node, "bootargs", m->opt->append);
	if (!ret && m->initrd)
		ret = fdt_setprop_u64(fdt, node, "linux,initrd-start", m->initrd);
	if (!ret && m->initrd)
		ret = fdt_setprop_u64(fdt, node, "linux,initrd-end",
				      m->initrd + m->initrd_len);
	return ret;
}

/**
 * fdt_take() - use the device tree of --dtb
 * @m: the machine
 * @buf: where it goes
 * @size: bytes there
 *
 * Return: the tree's size in bytes, or -1 with the error reported.
 */
int fdt_take(const struct machine *m, void *buf, size_t size)
{
	struct blob blob;
	int ret, node;

	if (blob_read(&blob, m->opt->dtb))
		return -1;
	/* The header's size is checked against the file before it is believed. */
	ret = blob.len < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED :
	      fdt_check_header(blob.data);
	if (!ret && fdt_totalsize(blob.data) > blob.len)
		ret = -FDT_ERR_TRUNCATED;
	if (!ret)
		ret = fdt_open_into(blob.data, buf, (int)size);
	blob_free(&blob);
	if (!ret) {
		node = fdt_path_offset(buf, "/chosen");
		if (node == -FDT_ERR_NOTFOUND)
			node = fdt_add_subnode(buf, 0, "chosen");
		ret = node < 0 ? node : set_chosen(m, buf, node);
	}
	if (!ret)
		ret = fdt_pack(buf);
	if (ret)
		return fail("%s: not a usable device tree: %s", m->opt->dtb,
			    fdt_strerror(ret));
	return (int)fdt_totalsize(buf);
}
