// SPDX-License-Identifier: GPL-2.0
/* Huge pages behind a slot, and memory that is a device's. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../../include/uapi/linux/avcpu.h"
#include "vm.h"

#define BASE		0x100000000ULL
#define PAGE		4096UL
#define BLOCK		0x200000UL
#define BLOCK_PAGES	(BLOCK / PAGE)

struct ram {
	struct vm *vm;
	struct vcpu *vcpu;
	char *hva;
	u64 size;
};

static struct ram ram_create(void *mem, u64 gpa, u64 size, u32 flags)
{
	struct ram ram = { .vm = vm_create_guest(1), .hva = mem, .size = size };

	ram.vcpu = &ram.vm->vcpus[0];
	vm_add_slot(ram.vm, gpa, size, mem, flags);
	return ram;
}

/* Aligned, so that the kernel has huge pages for it if it has any at all. */
static char *map_aligned(u64 size)
{
	char *mem = mmap(NULL, size + BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(mem != MAP_FAILED);
	mem = (char *)(((u64)mem + BLOCK - 1) & ~(BLOCK - 1));
	madvise(mem, size, MADV_HUGEPAGE);
	return mem;
}

static char *map_hugetlb(u64 size)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "w");
	char *mem;

	if (file) {
		fprintf(file, "%llu\n", (unsigned long long)(size / BLOCK));
		fclose(file);
	}
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (mem == MAP_FAILED)
		SKIP("no huge pages of 2 MiB");
	return mem;
}

static u64 data_aborts(struct ram *ram)
{
	struct avcpu_vcpu_stats stats;

	if (ioctl(ram->vcpu->fd, AVCPU_GET_STATS, &stats))
		SKIP("the device has no counters");
	return stats.by_ec[EC_DABT_LOWER];
}

static void store_pages(struct ram *ram, u64 gpa, u64 pages, u64 val)
{
	vcpu_eval(ram->vcpu, guest_store_pages, gpa, pages, 1, val);
}

static u64 check_pages(struct ram *ram, u64 gpa, u64 pages, u64 val)
{
	return vcpu_eval(ram->vcpu, guest_check_pages, gpa, pages, 1, val);
}

static bool is_huge(const char *mem)
{
	char line[256], want[32];
	bool found = false;
	unsigned long kb = 0;
	FILE *file = fopen("/proc/self/smaps", "r");

	snprintf(want, sizeof(want), "%lx-", (unsigned long)mem);
	while (file && fgets(line, sizeof(line), file)) {
		if (strchr(line, '-') && !strncmp(line, want, strlen(want)))
			found = true;
		if (found && sscanf(line, "AnonHugePages: %lu kB", &kb) == 1)
			break;
	}
	if (file)
		fclose(file);
	return kb;
}

TEST(huge_page_is_a_fault_or_two)
{
	struct ram ram = ram_create(map_aligned(2 * BLOCK), BASE, 2 * BLOCK, 0);
	u64 before;

	need_sync_mmu();
	store_pages(&ram, BASE, 1, 0);
	if (!is_huge(ram.hva))
		SKIP("the kernel gave no huge page");
	before = data_aborts(&ram);
	store_pages(&ram, BASE + BLOCK, BLOCK_PAGES, 1);
	/* That of the report at the end is one too. */
	ASSERT_LE(data_aborts(&ram) - before, 4);
	ASSERT_EQ(check_pages(&ram, BASE + BLOCK, BLOCK_PAGES, 1), 0);
}

/*
 * A block takes the place of pages that were mapped while writes were logged; the
 * table that it is in has nothing else.
 */
TEST(block_after_pages)
{
	struct ram ram = ram_create(map_aligned(BLOCK), BASE, BLOCK, KVM_MEM_LOG_DIRTY_PAGES);
	const u32 slot = ram.vm->nr_slots - 1;
	u64 before;

	need_sync_mmu();
	store_pages(&ram, BASE, 1, 0);
	ASSERT_OK(vm_set_slot(ram.vm, slot, BASE, BLOCK, ram.hva, 0));
	if (!is_huge(ram.hva))
		SKIP("the kernel gave no huge page");
	before = data_aborts(&ram);
	store_pages(&ram, BASE + PAGE, BLOCK_PAGES - 1, 1);
	/* That of the report at the end is one too. */
	ASSERT_EQ(data_aborts(&ram) - before, 2);
	ASSERT_EQ(check_pages(&ram, BASE + PAGE, BLOCK_PAGES - 1, 1), 0);
}

TEST(huge_page_at_another_offset)
{
	struct ram ram = ram_create(map_aligned(2 * BLOCK), BASE + PAGE, 2 * BLOCK, 0);
	u64 i;

	store_pages(&ram, BASE + PAGE, 2 * BLOCK_PAGES, 1);
	for (i = 0; i < 2 * BLOCK_PAGES; i++)
		ASSERT_EQ(*(u64 *)(ram.hva + i * PAGE), 1 + i);
}

/* A slot that begins and ends inside huge pages has only its own part. */
TEST(slot_inside_huge_pages)
{
	char *mem = map_aligned(3 * BLOCK);
	struct ram ram;
	u64 i;

	memset(mem, 0, 3 * BLOCK);
	ram = ram_create(mem + PAGE, BASE + PAGE, 3 * BLOCK - 2 * PAGE, 0);
	store_pages(&ram, BASE + PAGE, 3 * BLOCK_PAGES - 2, 1);
	for (i = 0; i < 3 * BLOCK_PAGES - 2; i++)
		ASSERT_EQ(*(u64 *)(mem + (i + 1) * PAGE), 1 + i);
	ASSERT_EQ(*(u64 *)mem, 0);
	vcpu_call(ram.vcpu, guest_read, BASE);
	vcpu_run_to_mmio(ram.vcpu);
	ASSERT_EQ(ram.vcpu->run->mmio.phys_addr, BASE);
	vcpu_run_to_end(ram.vcpu);
	vcpu_call(ram.vcpu, guest_read, BASE + 3 * BLOCK - PAGE);
	vcpu_run_to_mmio(ram.vcpu);
}

TEST(part_of_a_huge_page_goes)
{
	struct ram ram = ram_create(map_aligned(BLOCK), BASE, BLOCK, 0);

	need_sync_mmu();
	store_pages(&ram, BASE, BLOCK_PAGES, 1);
	ASSERT_OK(madvise(ram.hva + 7 * PAGE, PAGE, MADV_DONTNEED));
	ASSERT_EQ(check_pages(&ram, BASE, BLOCK_PAGES, 1), 1);
	ASSERT_EQ(check_pages(&ram, BASE + 7 * PAGE, 1, 0), 0);
	store_pages(&ram, BASE + 7 * PAGE, 1, 8);
	ASSERT_EQ(check_pages(&ram, BASE, BLOCK_PAGES, 1), 0);
}

TEST(hugetlb)
{
	struct ram ram = ram_create(map_hugetlb(2 * BLOCK), BASE, 2 * BLOCK, 0);

	store_pages(&ram, BASE, 2 * BLOCK_PAGES, 1);
	ASSERT_EQ(*(u64 *)(ram.hva + BLOCK + PAGE), 1 + BLOCK_PAGES + 1);
	ASSERT_OK(vm_set_slot(ram.vm, ram.vm->nr_slots - 1, BASE, 2 * BLOCK, ram.hva,
			      KVM_MEM_LOG_DIRTY_PAGES));
	store_pages(&ram, BASE + PAGE, 1, 7);
	ASSERT_OK(vm_set_slot(ram.vm, ram.vm->nr_slots - 1, BASE, 2 * BLOCK, ram.hva, 0));
	ASSERT_EQ(check_pages(&ram, BASE, 2 * BLOCK_PAGES, 1), 1);
	need_sync_mmu();
	ASSERT_EQ(munmap(ram.hva, 2 * BLOCK), 0);
	vcpu_call(ram.vcpu, guest_read, BASE);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
}

/* A page of some PCI device's registers, as a driver in user space has them. */
static char *map_device(void)
{
	DIR *dir = opendir("/sys/bus/pci/devices");
	struct dirent *entry;
	char path[320];
	struct stat st;
	char *mem;
	int fd;

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource1",
			 entry->d_name);
		fd = open(path, O_RDWR | O_SYNC);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) || st.st_size < (off_t)PAGE)
			continue;
		mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (mem != MAP_FAILED)
			return mem;
	}
	SKIP("no PCI device with memory that can be mapped");
}

TEST(device_memory)
{
	char *mem = map_device();
	struct ram ram;
	u32 i;

	need_sync_mmu();
	ram = ram_create(mem, BASE, PAGE, 0);
	for (i = 0; i < 16; i += 4)
		ASSERT_EQ((u32)vcpu_eval(ram.vcpu, guest_load32, BASE + i),
			  *(volatile u32 *)(mem + i));
	ASSERT_OK(munmap(mem, PAGE));
	vcpu_call(ram.vcpu, guest_load32, BASE);
	ASSERT_EQ(vcpu_run(ram.vcpu), -EFAULT);
}

TEST(device_memory_is_not_logged)
{
	char *mem = map_device();
	struct vm *vm = vm_create_guest(1);

	ASSERT_ERRNO(vm_set_slot(vm, 5, BASE, PAGE, mem, KVM_MEM_LOG_DIRTY_PAGES),
		     EINVAL);
	ASSERT_OK(vm_set_slot(vm, 5, BASE, PAGE, mem, 0));
	ASSERT_ERRNO(vm_set_slot(vm, 5, BASE, PAGE, mem, KVM_MEM_LOG_DIRTY_PAGES),
		     EINVAL);
}

TEST(device_memory_is_not_executed)
{
	char *mem = map_device();
	struct ram ram;
	struct report report;

	need_sync_mmu();
	ram = ram_create(mem, BASE, PAGE, 0);
	vcpu_call(ram.vcpu, guest_fetch, BASE);
	report = vcpu_run_to_sync(ram.vcpu);
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(ESR_EC(report.val[1]), EC_IABT);
}
