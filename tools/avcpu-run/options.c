// SPDX-License-Identifier: GPL-2.0
/*
 * The command line: one table has each option's name, argument, help and how
 * it is taken.
 */
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"

#define DEFAULT_DEVICE	"/dev/avcpu"
#define DEFAULT_MEM	MiB(512)

/**
 * struct option_row - an option
 * @name: without the dashes
 * @arg: name of its argument; NULL without; "[...]" if it may be left out
 *	and, if given, follows an equals sign
 * @take: stores it; @val is NULL for an option without (its) argument
 * @field: offset in struct options, for @take
 * @help: what it does, lines separated by \n
 */
struct option_row {
	const char *name;
	const char *arg;
	int (*take)(void *field, const char *val);
	size_t field;
	const char *help;
};

static int take_string(void *field, const char *val)
{
	*(const char **)field = val;
	return 0;
}

static int take_flag(void *field, const char *val __unused)
{
	*(bool *)field = true;
	return 0;
}

static int take_verbose(void *field __unused, const char *val __unused)
{
	verbose = true;
	return 0;
}

static int take_cpus(void *field, const char *val)
{
	u64 n;

	if (parse_u64(val, &n) || n < 1 || n > MAX_CPUS)
		return -1;
	*(unsigned int *)field = (unsigned int)n;
	return 0;
}

static int take_mem(void *field, const char *val)
{
	u64 size;

	if (parse_size(val, &size) || size < MiB(2) || size % MiB(1))
		return -1;
	*(u64 *)field = size;
	return 0;
}

static int take_addr(void *field, const char *val)
{
	return parse_u64(val, field);
}

static int take_timeout(void *field, const char *val)
{
	char *end;
	double s = strtod(val, &end);

	if (end == val || *end || !isfinite(s) || s <= 0 || s > 1e9)
		return -1;
	*(u64 *)field = max_u64(1, (u64)(s * 1000));
	return 0;
}

static int take_stats(void *field, const char *val)
{
	enum stats_format *format = field;

	if (!val || !strcmp(val, "table"))
		*format = STATS_TABLE;
	else if (!strcmp(val, "json"))
		*format = STATS_JSON;
	else
		return -1;
	return 0;
}

static int take_console(void *field, const char *val)
{
	*(bool *)field = !strcmp(val, "virtio");
	return strcmp(val, "virtio") && strcmp(val, "pl011") ? -1 : 0;
}

static int take_reset(void *field, const char *val)
{
	*(bool *)field = !strcmp(val, "reboot");
	return strcmp(val, "reboot") && strcmp(val, "exit") ? -1 : 0;
}

/* These take the whole structure: they have a counter or a flag beside. */
static int take_disk(void *field, const char *val)
{
	struct options *opt = field;

	if (opt->nr_disks == MAX_DISKS)
		return -1;
	opt->disk[opt->nr_disks++] = val;
	return 0;
}

static int take_net(void *field, const char *val)
{
	struct options *opt = field;

	if (opt->nr_nets == MAX_NETS || strncmp(val, "tap=", 4) || !val[4])
		return -1;
	opt->net[opt->nr_nets++] = val + 4;
	return 0;
}

static int take_bootdelay(void *field, const char *val)
{
	struct options *opt = field;
	char *end;

	opt->bootdelay = strtol(val, &end, 10);
	opt->bootdelay_set = true;
	return end == val || *end ? -1 : 0;
}

#define AT(name)	offsetof(struct options, name)

static const struct option_row rows[] = {
	{ "device", "PATH", take_string, AT(device),
	  "KVM device to use (default " DEFAULT_DEVICE ")" },
	{ "smp", "N", take_cpus, AT(smp), "number of vCPUs, 1 to 512 (default 1)" },
	{ "mem", "SIZE", take_mem, AT(mem),
	  "RAM, with suffix K, M, G, T; MiB without (default 512M)" },
	{ "append", "STRING", take_string, AT(append), "kernel command line" },
	{ "initrd", "FILE", take_string, AT(initrd), "initial RAM disk" },
	{ "disk", "FILE[,ro]", take_disk, 0,
	  "virtio block device (vda, vdb, ...); may be repeated" },
	{ "net", "tap=NAME", take_net, 0,
	  "virtio network card on a TAP interface; may be repeated" },
	{ "el2", NULL, take_flag, AT(el2),
	  "vCPUs start at EL2 and can be hypervisors (nested virtualization)" },
	{ "rng", NULL, take_flag, AT(rng), "virtio entropy source" },
	{ "console", "pl011|virtio", take_console, AT(virtio_console),
	  "which device has standard input: ttyAMA0 (default) or hvc0" },
	{ "timeout", "SECONDS", take_timeout, AT(timeout_ms),
	  "stop the guest after so long, exit status 124" },
	{ "stats", "[=table|json]", take_stats, AT(stats),
	  "exits by reason and their rate, on stderr at the end" },
	{ "reset", "exit|reboot", take_reset, AT(reset_reboots),
	  "what a guest's reset does (default exit, status 73)" },
	{ "firmware", "FILE", take_string, AT(firmware),
	  "flat binary mapped read-only at 0, instead of IMAGE" },
	{ "bootdelay", "N", take_bootdelay, 0,
	  "u-boot's wait for a key in seconds, -1 for the prompt at once\n(default -1 if stdin is no terminal and there is no --disk)" },
	{ "load", "ADDR", take_addr, AT(load),
	  "take IMAGE as a flat binary for this address in RAM" },
	{ "entry", "ADDR", take_addr, AT(entry), "start here instead" },
	{ "dtb", "FILE", take_string, AT(dtb),
	  "use this device tree (--append and --initrd are put into it)" },
	{ "dumpdtb", "FILE", take_string, AT(dumpdtb),
	  "write the device tree to FILE (- for stdout) and exit" },
	{ "bare", NULL, take_flag, AT(bare), "no device tree, x0 = 0" },
	{ "no-gic", NULL, take_flag, AT(no_gic),
	  "no interrupt controller, no interrupts" },
	{ "verbose", NULL, take_verbose, 0, "say what is done" },
};

static const char intro[] =
"usage: avcpu-run [options] IMAGE\n"
"\n"
"Runs an arm64 guest on a KVM device. IMAGE is an ELF executable, an arm64\n"
"kernel Image (also Image.gz or an EFI vmlinuz), or a flat binary: firmware that\n"
"is mapped at 0 (u-boot.bin) unless --load says where in RAM it goes.\n"
"\n"
"options (--name VALUE or --name=VALUE):\n";

static const char outro[] =
"\n"
"The machine has the address map of QEMU's \"virt\" board: flash at 0, GICv3 at\n"
"0x08000000, PL011 UART at 0x09000000 on stdin and stdout, PL031 clock at\n"
"0x09010000, virtio-mmio from 0x0a000000, RAM from 0x40000000. Linux: console=ttyAMA0.\n"
"On a terminal, Ctrl-A x leaves and Ctrl-A h lists the other keys.\n"
"\n"
"Exit status: 0 power off by PSCI; N if the guest stores N to the exit device, a\n"
"byte at 0x090f0000; 1 the guest could not be started; 2 wrong usage; 70 the guest\n"
"did something that cannot be emulated (registers are printed); 71 KVM_RUN failed;\n"
"72 the guest reported a crash; 73 reset; 124 --timeout; 128+n ended by signal n.\n";

static void help(void)
{
	char left[64];
	unsigned int i;

	fputs(intro, stdout);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *row = &rows[i];
		const char *line = row->help;

		snprintf(left, sizeof(left), "--%s%s%s", row->name,
			 row->arg && row->arg[0] != '[' ? " " : "",
			 row->arg ? row->arg : "");
		for (;;) {
			const char *nl = strchr(line, '\n');
			int len = nl ? (int)(nl - line) : (int)strlen(line);

			printf("  %-22s %.*s\n", left, len, line);
			if (!nl)
				break;
			line = nl + 1;
			left[0] = '\0';
		}
	}
	printf("  %-22s %s\n", "--help", "this text");
	fputs(outro, stdout);
}

static int wrong(const char *fmt, const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), fmt, what);
	return fail("%s; avcpu-run --help lists what there is", text);
}

static const struct option_row *find_row(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (strlen(rows[i].name) == len && !memcmp(rows[i].name, name, len))
			return &rows[i];
	return NULL;
}

/* Takes argv[*i], and the next one too if it is this option's argument. */
static int take_option(struct options *opt, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	size_t len = strcspn(name, "=");
	const struct option_row *row = find_row(name, len);
	const char *val = name[len] ? name + len + 1 : NULL;

	if (!row)
		return wrong("unknown option %s", argv[*i]);
	if (!row->arg && val)
		return wrong("--%s takes no argument", row->name);
	if (row->arg && row->arg[0] != '[' && !val) {
		val = argv[*i + 1];
		if (!val)
			return wrong("--%s needs an argument", row->name);
		(*i)++;
	}
	if (row->take((char *)opt + row->field, val))
		return fail("--%s: bad argument '%s'; it takes %s: %.*s", row->name,
			    val ? val : "", row->arg ? row->arg : "none",
			    (int)strcspn(row->help, "\n"), row->help);
	return 0;
}

static int take_image(struct options *opt, const char *arg, bool only_image)
{
	if (!only_image && arg[0] == '-')
		return wrong("unknown option %s", arg);
	if (opt->image)
		return wrong("one IMAGE only, what is '%s'?", arg);
	opt->image = arg;
	return 0;
}

static int check_combination(const struct options *opt)
{
	if (!opt->image && !opt->firmware && !opt->dumpdtb)
		return wrong("no %s given", "IMAGE");
	if (opt->image && opt->firmware)
		return wrong("--firmware replaces %s: give one", "IMAGE");
	if (opt->firmware && opt->load != LOAD_ANYWHERE)
		return wrong("--firmware is mapped at 0: no %s", "--load");
	if (opt->bare && (opt->dtb || opt->dumpdtb || opt->append || opt->initrd))
		return wrong("--bare means no device tree: no %s",
			     "--dtb, --dumpdtb, --append or --initrd");
	return 0;
}

/**
 * options_parse() - read the command line
 * @opt: filled in, defaults where nothing was said
 * @argc: as main() got it
 * @argv: as main() got it; @opt points into it
 *
 * Return: OPTIONS_RUN; OPTIONS_DONE after --help; OPTIONS_WRONG with the
 * error reported.
 */
enum options_result options_parse(struct options *opt, int argc, char **argv)
{
	bool only_image = false;
	int i;

	*opt = (struct options) {
		.device = DEFAULT_DEVICE, .smp = 1, .mem = DEFAULT_MEM,
		.load = LOAD_ANYWHERE, .entry = LOAD_ANYWHERE,
	};
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			help();
			return OPTIONS_DONE;
		}
		if (!only_image && !strcmp(argv[i], "--")) {
			only_image = true;
		} else if (!only_image && !strncmp(argv[i], "--", 2)) {
			if (take_option(opt, argv, &i))
				return OPTIONS_WRONG;
		} else if (take_image(opt, argv[i], only_image)) {
			return OPTIONS_WRONG;
		}
	}
	return check_combination(opt) ? OPTIONS_WRONG : OPTIONS_RUN;
}
