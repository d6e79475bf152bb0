// SPDX-License-Identifier: GPL-2.0
/* The guest image: an ELF file inside each test program, and its symbols. */
#include <elf.h>

#include "vm.h"

/* From image_data.S. */
extern const char guest_elf[];

static const Elf64_Ehdr *ehdr(void)
{
	return (const Elf64_Ehdr *)guest_elf;
}

static const Elf64_Shdr *section(unsigned int i)
{
	return (const Elf64_Shdr *)(guest_elf + ehdr()->e_shoff) + i;
}

void vm_load_guest(struct vm *vm)
{
	const Elf64_Phdr *phdr = (const void *)(guest_elf + ehdr()->e_phoff);
	unsigned int i;

	vm_add_ram(vm, GUEST_RAM_BASE, GUEST_RAM_SIZE);
	for (i = 0; i < ehdr()->e_phnum; i++) {
		char *to;

		if (phdr[i].p_type != PT_LOAD)
			continue;
		to = gpa_to_hva(vm, phdr[i].p_paddr);
		memcpy(to, guest_elf + phdr[i].p_offset, phdr[i].p_filesz);
		__builtin___clear_cache(to, to + phdr[i].p_filesz);
	}
}

u64 guest_symbol(const char *name)
{
	unsigned int i;

	for (i = 0; i < ehdr()->e_shnum; i++) {
		const Elf64_Shdr *symtab = section(i);
		const Elf64_Sym *sym = (const void *)(guest_elf + symtab->sh_offset);
		const Elf64_Sym *end = sym + symtab->sh_size / sizeof(*sym);
		const char *names;

		if (symtab->sh_type != SHT_SYMTAB)
			continue;
		names = guest_elf + section(symtab->sh_link)->sh_offset;
		for (; sym < end; sym++)
			if (!strcmp(names + sym->st_name, name))
				return sym->st_value;
	}
	FAIL("the guest image has no symbol %s", name);
}
