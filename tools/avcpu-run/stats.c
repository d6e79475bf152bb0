// SPDX-License-Identifier: GPL-2.0
/*
 * What the guest cost: exits to this process by reason, accesses by device,
 * and the kernel's own counters where the device offers them (KVM's binary
 * statistics). On stderr, as a table or as one line of JSON.
 */
#include "stats.h"

#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "machine.h"

#define MAX_ROWS	160
#define NAME_LEN	48

struct row {
	char name[NAME_LEN];
	u64 count;
};

/**
 * struct section - one table
 * @key: its name in JSON
 * @title: its name for people
 */
struct section {
	const char *key;
	const char *title;
	struct row row[MAX_ROWS];
	unsigned int nr;
};

static void add(struct section *s, const char *name, u64 count)
{
	unsigned int i;

	if (!count)
		return;
	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->row[i].name, name))
			break;
	if (i == MAX_ROWS)
		return;
	if (i == s->nr) {
		snprintf(s->row[i].name, NAME_LEN, "%s", name);
		s->row[i].count = 0;
		s->nr++;
	}
	s->row[i].count += count;
}

static void collect_exits(const struct machine *m, struct section *s)
{
	char unnamed[16];
	unsigned int i, r;

	for (i = 0; i < m->nr_vcpus; i++) {
		for (r = 0; r < VCPU_REASONS; r++) {
			const char *name = vcpu_exit_name(r);

			snprintf(unnamed, sizeof(unnamed), "reason-%u", r);
			add(s, name ? name : unnamed, m->vcpu[i].exits[r]);
		}
		add(s, "signal", m->vcpu[i].interrupted);
	}
}

static void collect_mmio(const struct machine *m, struct section *s)
{
	unsigned int i;

	for (i = 0; i < m->bus.nr; i++) {
		const struct bus_device *d = &m->bus.device[i];
		char name[NAME_LEN];

		snprintf(name, sizeof(name), "%s-read", d->name);
		add(s, name, d->reads);
		snprintf(name, sizeof(name), "%s-write", d->name);
		add(s, name, d->writes);
	}
	add(s, "nowhere", m->bus.nowhere);
}

/* One counter of KVM's; times, histograms and their like count no events. */
static void collect_counter(int fd, const struct kvm_stats_header *h,
			    const struct kvm_stats_desc *d, struct section *s)
{
	u32 kind = d->flags & (KVM_STATS_TYPE_MASK | KVM_STATS_UNIT_MASK);
	u64 val;

	if (d->size != 1 ||
	    kind != (KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE))
		return;
	if (pread(fd, &val, sizeof(val), h->data_offset + d->offset) == sizeof(val))
		add(s, d->name, val);
}

static void collect_kernel_of(int fd, struct section *s)
{
	struct kvm_stats_header h;
	struct kvm_stats_desc *d;
	size_t size;
	u32 i;

	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || h.name_size > 256)
		return;
	size = sizeof(*d) + h.name_size;
	d = calloc(1, size + 1);	/* the name stays terminated */
	for (i = 0; d && i < h.num_desc; i++)
		if (pread(fd, d, size, (off_t)(h.desc_offset + i * size)) ==
		    (ssize_t)size)
			collect_counter(fd, &h, d, s);
	free(d);
}

static void collect_kernel(const struct machine *m, struct section *s)
{
	unsigned int i;
	int fd;

	for (i = 0; i < m->nr_vcpus; i++) {
		fd = ioctl(m->vcpu[i].fd, KVM_GET_STATS_FD, NULL);
		if (fd < 0)
			return;
		collect_kernel_of(fd, s);
		close(fd);
	}
}

static int by_count(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

static void print_table(const struct section *s, double seconds)
{
	unsigned int i;

	if (!s->nr)
		return;
	fprintf(stderr, "\n%-34s %12s %12s\n", s->title, "count", "per second");
	for (i = 0; i < s->nr; i++)
		fprintf(stderr, "  %-32s %12llu %12.1f\n", s->row[i].name,
			(unsigned long long)s->row[i].count,
			(double)s->row[i].count / seconds);
}

/* All names are ours or KVM's own: letters, digits, '-' and '_'. */
static void print_json(const struct section *s, double seconds)
{
	unsigned int i;

	fprintf(stderr, ",\"%s\":{", s->key);
	for (i = 0; i < s->nr; i++)
		fprintf(stderr, "%s\"%s\":{\"count\":%llu,\"rate\":%.1f}",
			i ? "," : "", s->row[i].name,
			(unsigned long long)s->row[i].count,
			(double)s->row[i].count / seconds);
	fputc('}', stderr);
}

static void json_string(const char *s)
{
	fputc('"', stderr);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(stderr, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(stderr, "\\u%04x", *s);
		else
			fputc(*s, stderr);
	}
	fputc('"', stderr);
}

static void print_all(const struct machine *m, const struct section *s,
		      unsigned int n, double seconds)
{
	unsigned int i;

	if (m->opt->stats == STATS_JSON) {
		fputs("{\"device\":", stderr);
		json_string(m->vm.path);
		fprintf(stderr, ",\"seconds\":%.3f,\"vcpus\":%u,\"status\":%d",
			seconds, m->nr_vcpus, m->status);
		for (i = 0; i < n; i++)
			print_json(&s[i], seconds);
		fputs("}\n", stderr);
		return;
	}
	fprintf(stderr, "\n%s: %u vCPU%s, %.3f seconds\n", m->vm.path,
		m->nr_vcpus, m->nr_vcpus == 1 ? "" : "s", seconds);
	for (i = 0; i < n; i++)
		print_table(&s[i], seconds);
}

/**
 * stats_print() - print the statistics if --stats asked for them
 * @m: the machine, its vCPUs stopped
 */
void stats_print(const struct machine *m)
{
	static const struct section empty[] = {
		{ .key = "exits", .title = "exits to user space" },
		{ .key = "mmio", .title = "accesses by device" },
		{ .key = "kernel", .title = "in the kernel" },
	};
	double seconds = (double)(m->stopped - m->started) / 1e9;
	struct section *s;
	unsigned int i;

	if (m->opt->stats == STATS_NONE)
		return;
	s = malloc(sizeof(empty));
	if (!s)
		return;
	memcpy(s, empty, sizeof(empty));
	if (seconds <= 0)
		seconds = 1e-9;
	collect_exits(m, &s[0]);
	collect_mmio(m, &s[1]);
	collect_kernel(m, &s[2]);
	for (i = 0; i < ARRAY_SIZE(empty); i++)
		qsort(s[i].row, s[i].nr, sizeof(s[i].row[0]), by_count);
	print_all(m, s, ARRAY_SIZE(empty), seconds);
	free(s);
}
