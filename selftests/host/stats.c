// SPDX-License-Identifier: GPL-2.0
/* KVM_GET_STATS_FD: the file's format, that it counts, how long it lives. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "smccc.h"
#include "vm.h"

#define MAX_NAME	256
#define HVCS		10

struct stats {
	int fd;
	struct kvm_stats_header header;
};

static struct stats stats_open(int of)
{
	struct stats stats = { .fd = ASSERT_OK(ioctl(of, KVM_GET_STATS_FD, 0)) };

	ASSERT_EQ(pread(stats.fd, &stats.header, sizeof(stats.header), 0),
		  sizeof(stats.header));
	return stats;
}

/* A descriptor, and its name behind it. */
union desc {
	struct kvm_stats_desc desc;
	char bytes[sizeof(struct kvm_stats_desc) + MAX_NAME];
};

static union desc read_desc(const struct stats *stats, unsigned int i)
{
	const size_t size = sizeof(struct kvm_stats_desc) + stats->header.name_size;
	union desc desc = {};

	ASSERT_LE(stats->header.name_size, MAX_NAME);
	ASSERT_EQ(pread(stats->fd, &desc, size, stats->header.desc_offset + i * size), size);
	return desc;
}

static u64 read_value(const struct stats *stats, const char *name)
{
	unsigned int i;

	for (i = 0; i < stats->header.num_desc; i++) {
		const union desc desc = read_desc(stats, i);
		u64 value;

		if (strcmp(desc.desc.name, name))
			continue;
		ASSERT_EQ(pread(stats->fd, &value, sizeof(value),
				stats->header.data_offset + desc.desc.offset), sizeof(value));
		return value;
	}
	FAIL("there is no counter named %s", name);
}

TEST(capability)
{
	ASSERT_EQ(device_cap(KVM_CAP_BINARY_STATS_FD), 1);
}

static void check_desc(const struct kvm_stats_header *header, const struct kvm_stats_desc *desc)
{
	ASSERT_LE(desc->flags & KVM_STATS_TYPE_MASK, KVM_STATS_TYPE_MAX);
	ASSERT_LE(desc->flags & KVM_STATS_UNIT_MASK, KVM_STATS_UNIT_MAX);
	ASSERT_LE(desc->flags & KVM_STATS_BASE_MASK, KVM_STATS_BASE_MAX);
	ASSERT(desc->size);
	ASSERT(desc->name[0]);
	ASSERT(strnlen(desc->name, header->name_size) < header->name_size);
	ASSERT_EQ(desc->offset % sizeof(u64), 0);
}

static void check_format(const struct stats *stats)
{
	const struct kvm_stats_header *header = &stats->header;
	const size_t desc_size = sizeof(struct kvm_stats_desc) + header->name_size;
	char id[MAX_NAME] = {};
	size_t end = 0;
	unsigned int i;

	ASSERT_EQ(header->flags, 0);
	ASSERT_GE(header->id_offset, sizeof(*header));
	ASSERT_GE(header->desc_offset, header->id_offset + header->name_size);
	ASSERT_GE(header->data_offset, header->desc_offset + header->num_desc * desc_size);
	ASSERT(header->num_desc);
	ASSERT_EQ(pread(stats->fd, id, header->name_size, header->id_offset),
		  header->name_size);
	ASSERT(strnlen(id, header->name_size) < header->name_size && id[0]);
	for (i = 0; i < header->num_desc; i++) {
		const union desc desc = read_desc(stats, i);
		const size_t desc_end = desc.desc.offset + desc.desc.size * sizeof(u64);

		check_desc(header, &desc.desc);
		end = desc_end > end ? desc_end : end;
	}
	/* The values are the last there is. */
	ASSERT_EQ(pread(stats->fd, id, 1, header->data_offset + end - 1), 1);
	ASSERT_EQ(pread(stats->fd, id, 1, header->data_offset + end), 0);
}

TEST(format)
{
	struct vm *vm = vm_create_guest(1);
	struct stats of_vm = stats_open(vm->fd), of_vcpu = stats_open(vm->vcpus[0].fd);

	check_format(&of_vm);
	check_format(&of_vcpu);
	read_value(&of_vm, "remote_tlb_flush");
}

/* Before KVM_ARM_VCPU_INIT there is nothing to run, but something to count. */
TEST(of_a_new_vcpu)
{
	struct vcpu *vcpu = vm_add_vcpu(vm_create(), 0);
	struct stats stats = stats_open(vcpu->fd);

	ASSERT_EQ(read_value(&stats, "exits"), 0);
}

static void call_hvc(struct vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < HVCS; i++) {
		struct insn_run run = { .insn = 0xd4000002, .x = { SMCCC_VERSION } };

		insn_exec(vcpu, &run);
	}
}

TEST(counts)
{
	struct vcpu *vcpu = &vm_create_guest(1)->vcpus[0];
	struct stats stats = stats_open(vcpu->fd);
	u64 exits;

	call_hvc(vcpu);
	ASSERT_EQ(read_value(&stats, "hvc_exit_stat"), HVCS);
	/* Each ends with a report. */
	ASSERT_EQ(read_value(&stats, "mmio_exit_user"), HVCS);
	ASSERT_EQ(read_value(&stats, "mmio_exit_kernel"), 0);
	ASSERT_EQ(read_value(&stats, "signal_exits"), 0);
	ASSERT_EQ(read_value(&stats, "wfe_exit_stat"), 0);
	exits = read_value(&stats, "exits");
	ASSERT_GE(exits, 2 * HVCS);
	call_hvc(vcpu);
	ASSERT_GE(read_value(&stats, "exits"), exits + 2 * HVCS);
}

/* Reading in small pieces gives the same. */
TEST(pieces)
{
	struct vm *vm = vm_create_guest(1);
	struct stats stats = stats_open(vm->vcpus[0].fd);
	char whole[8192], piece[8192] = {};
	const ssize_t size = ASSERT_OK(pread(stats.fd, whole, sizeof(whole), 0));
	ssize_t at, got;

	ASSERT(size < (ssize_t)sizeof(whole));
	for (at = 0; at < size; at += got)
		got = ASSERT_OK(pread(stats.fd, piece + at, 7, at));
	ASSERT(!memcmp(whole, piece, size));
}

TEST(refusals)
{
	struct vm *vm = vm_create_guest(1);
	struct stats stats = stats_open(vm->vcpus[0].fd);
	char byte;

	ASSERT_ERRNO(write(stats.fd, &byte, 1), EBADF);
	ASSERT_ERRNO(pread(stats.fd, NULL, 64, 0), EFAULT);
	ASSERT_ERRNO(pread(stats.fd, &byte, 1, -1), EINVAL);
	ASSERT_EQ(pread(stats.fd, &byte, 1, 1 << 20), 0);
	ASSERT(fcntl(stats.fd, F_GETFD) & FD_CLOEXEC);
}

/* The counters outlive the files of the vCPU and of the VM. */
TEST(outlives_the_vm)
{
	struct vm *vm = vm_create_guest(1);
	struct stats of_vm = stats_open(vm->fd), of_vcpu = stats_open(vm->vcpus[0].fd);

	if (kvm_before(6, 6))
		SKIP("KVM's file has no hold on the VM yet");
	call_hvc(&vm->vcpus[0]);
	munmap(vm->vcpus[0].run, ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0));
	close(vm->vcpus[0].fd);
	close(vm->fd);
	ASSERT_EQ(read_value(&of_vcpu, "hvc_exit_stat"), HVCS);
	read_value(&of_vm, "remote_tlb_flush");
}
