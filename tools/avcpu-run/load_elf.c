// SPDX-License-Identifier: GPL-2.0
/*
 * ELF executables for AArch64: each PT_LOAD segment goes to its physical
 * address. The file is input that somebody made up: every offset and size is
 * checked before use.
 */
#include <elf.h>
#include <string.h>

#include "loader.h"

bool elf_match(const struct blob *blob)
{
	return blob->len >= SELFMAG && !memcmp(blob->data, ELFMAG, SELFMAG);
}

static int check_header(const struct blob *blob, Elf64_Ehdr *eh)
{
	if (blob->len < sizeof(*eh))
		return fail("%s: cut short in the ELF header", blob->name);
	memcpy(eh, blob->data, sizeof(*eh));
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_machine != EM_AARCH64)
		return fail("%s: ELF, but not for little-endian AArch64", blob->name);
	if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
		return fail("%s: ELF, but not an executable (link it first)", blob->name);
	if (eh->e_phentsize != sizeof(Elf64_Phdr) ||
	    eh->e_phoff > blob->len ||
	    eh->e_phnum > (blob->len - eh->e_phoff) / sizeof(Elf64_Phdr))
		return fail("%s: damaged ELF program headers", blob->name);
	return 0;
}

static int load_segment(const struct blob *blob, struct memory *mem,
			const Elf64_Phdr *ph)
{
	u8 *to;

	if (ph->p_filesz > ph->p_memsz || ph->p_offset > blob->len ||
	    ph->p_filesz > blob->len - ph->p_offset)
		return fail("%s: an ELF segment reaches outside the file", blob->name);
	to = mem_ptr(mem, ph->p_paddr, ph->p_memsz);
	if (!to)
		return fail("%s: segment 0x%llx-0x%llx is not in guest memory; RAM starts at 0x40000000, its size is --mem",
			    blob->name, (unsigned long long)ph->p_paddr,
			    (unsigned long long)(ph->p_paddr + ph->p_memsz));
	memcpy(to, blob->data + ph->p_offset, ph->p_filesz);
	memset(to + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	return 0;
}

/*
 * e_entry is a virtual address; the vCPU starts with the MMU off, so it is
 * turned into the physical one of the segment that holds it.
 */
static void translate_entry(const Elf64_Ehdr *eh, const Elf64_Phdr *ph,
			    struct loaded *out)
{
	if (eh->e_entry >= ph->p_vaddr && eh->e_entry - ph->p_vaddr < ph->p_memsz)
		out->entry = eh->e_entry - ph->p_vaddr + ph->p_paddr;
}

/**
 * elf_load() - load an ELF executable
 * @blob: the file
 * @mem: guest memory
 * @out: entry and end filled in
 *
 * Return: 0, or -1 with the error reported.
 */
int elf_load(const struct blob *blob, struct memory *mem, struct loaded *out)
{
	unsigned int i, segments = 0;
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (check_header(blob, &eh))
		return -1;
	out->entry = eh.e_entry;
	for (i = 0; i < eh.e_phnum; i++) {
		memcpy(&ph, blob->data + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD || !ph.p_memsz)
			continue;
		if (load_segment(blob, mem, &ph))
			return -1;
		translate_entry(&eh, &ph, out);
		out->end = max_u64(out->end, ph.p_paddr + ph.p_memsz);
		segments++;
	}
	if (!segments)
		return fail("%s: ELF without anything to load", blob->name);
	return 0;
}
