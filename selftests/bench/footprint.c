// SPDX-License-Identifier: GPL-2.0
/* What the module and its VMs take of the host: memory, and the time of being loaded. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bench.h"
#include "gic.h"

#define PAGE		4096.0
/* kfree_rcu() gathers for up to 5 s what others have left (KFREE_DRAIN_JIFFIES). */
#define SETTLE_MS	12000

/*
 * Free pages of the host once it has come to rest, those that its CPUs keep at hand
 * included. Where time is instructions, to wait costs nothing; elsewhere it is slow.
 */
static s64 free_pages(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	unsigned long long count, sum = 0;
	char line[128];

	ASSERT(file);
	sleep_ms(SETTLE_MS);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " nr_free_pages %llu", &count) == 1 ||
		    sscanf(line, " count: %llu", &count) == 1)
			sum += count;
	fclose(file);
	return sum;
}

/* RAM for guests that do nothing but exit. */
static void *exit_ram(void)
{
	static const u32 code[] = {
		0xd2a18001,	/* mov x1, #MMIO_BASE */
		0xf9000020,	/* str x0, [x1] */
	};
	char *ram = mmap(NULL, GUEST_RAM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(ram != MAP_FAILED);
	memcpy(ram, code, sizeof(code));
	__builtin___clear_cache(ram, ram + sizeof(code));
	return ram;
}

/* A VM with one vCPU and a GIC, whose guest has run and waits to run again. */
static void idle_vm(void *ram)
{
	struct vm *vm = vm_create();
	struct vcpu *vcpu;

	ASSERT_OK(vm_set_slot(vm, 0, GUEST_RAM_BASE, GUEST_RAM_SIZE, ram, 0));
	vcpu = vm_add_ready_vcpu(vm, 0, VCPU_PSCI);
	gic_new(vm, 128);
	vcpu_set(vcpu, CORE_REG_PC, GUEST_RAM_BASE);
	vcpu_run_to_mmio(vcpu);
}

#define IDLE_VMS	64

BENCH_FLAGS(idle_vm, TEST_SLOW)
{
	void *ram = exit_ram();
	unsigned int i;
	s64 before;

	/* The first ones also make what they share. */
	for (i = 0; i < 4; i++)
		idle_vm(ram);
	before = free_pages();
	for (i = 0; i < IDLE_VMS; i++)
		idle_vm(ram);
	return (before - free_pages()) * PAGE / IDLE_VMS;
}

/* Tables for memory in pages, by one page of each 2 MiB, which need a table each. */

#define SPARSE_BASE	0x180000000ULL
#define SPARSE_TABLES	2048

BENCH_FLAGS(stage2_tables, TEST_SLOW)
{
	const u64 size = SPARSE_TABLES * SZ_2M;
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	s64 before;
	char *hva;
	u64 at;

	hva = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT(hva != MAP_FAILED);
	ASSERT_OK(madvise(hva, size, MADV_NOHUGEPAGE));
	for (at = 0; at < size; at += SZ_2M)
		hva[at] = 1;
	vm_add_slot(vm, SPARSE_BASE, size, hva, 0);
	before = free_pages();
	vcpu_eval(vcpu, guest_fill, SPARSE_BASE, SPARSE_TABLES, SZ_2M, 1);
	return (before - free_pages()) * PAGE / SPARSE_TABLES;
}

/* The module */

static int open_module(void)
{
	if (!strcmp(options.device, "/dev/kvm"))
		SKIP("KVM is no module here");
	return ASSERT_OK(open(options.module, O_RDONLY | O_CLOEXEC));
}

BENCH(module_text)
{
	const int fd = open_module();
	const Elf64_Shdr *section;
	const Elf64_Ehdr *ehdr;
	struct stat st;
	u64 size = 0;
	unsigned int i;

	ASSERT_OK(fstat(fd, &st));
	ehdr = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT(ehdr != MAP_FAILED);
	section = (const void *)((const char *)ehdr + ehdr->e_shoff);
	for (i = 0; i < ehdr->e_shnum; i++)
		if (section[i].sh_flags & SHF_EXECINSTR)
			size += section[i].sh_size;
	return size;
}

/* The module comes, and a guest's first instruction is an exit. */
BENCH(insmod_to_guest)
{
	const int fd = open_module();
	void *ram = exit_ram();
	u64 start;

	ASSERT_OK(syscall(__NR_delete_module, "avcpu", O_NONBLOCK));
	start = counter_now();
	ASSERT_OK(syscall(__NR_finit_module, fd, "", 0));
	idle_vm(ram);
	return ticks_to_ns(counter_now() - start);
}
