// SPDX-License-Identifier: GPL-2.0
/*
 * A load or store outside memory, decoded from the syndrome alone: devices of
 * the module serve it, or user space does by KVM_EXIT_MMIO (DDI 0487, D17.2.37,
 * ISS encoding for an exception from a Data Abort).
 */
#include <linux/swab.h>
#include <asm/esr.h>

#include "cpu.h"

#define ISS_SRT(esr)	FIELD_GET(ESR_ELx_SRT_MASK, (esr))
#define ISS_LEN(esr)	(1 << FIELD_GET(ESR_ELx_SAS, (esr)))

/* What a guest without a syndrome may learn user space about the access. */
#define NISV_ISS_MASK	(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)

/* A big-endian guest's register holds the bytes the other way round. */
static u64 swap_if_be(struct avcpu_vcpu *vcpu, u64 val, int len)
{
	if (!avcpu_arch_is_be(vcpu))
		return val;
	switch (len) {
	case 2:
		return swab16(val);
	case 4:
		return swab32(val);
	case 8:
		return swab64(val);
	default:
		return val;
	}
}

static u64 truncate(u64 val, int len)
{
	return len == 8 ? val : val & (BIT_ULL(len * 8) - 1);
}

/* run->mmio.data has as many bytes of it as the access, in little-endian order. */
static void put_data(struct kvm_run *run, u64 val)
{
	const __le64 data = cpu_to_le64(val);

	memcpy(run->mmio.data, &data, sizeof(run->mmio.data));
}

static u64 get_data(const struct kvm_run *run)
{
	__le64 data;

	memcpy(&data, run->mmio.data, sizeof(run->mmio.data));
	return le64_to_cpu(data);
}

/* The value read, as the load instruction leaves it in its register. */
static void finish_load(struct avcpu_vcpu *vcpu, u64 esr, u64 val)
{
	int len = ISS_LEN(esr);

	val = swap_if_be(vcpu, truncate(val, len), len);
	if (esr & ESR_ELx_SSE && len < 8)
		val = sign_extend64(val, len * 8 - 1);
	if (!(esr & ESR_ELx_SF))
		val = lower_32_bits(val);
	avcpu_set_x(vcpu, ISS_SRT(esr), val);
}

static enum avcpu_io_in_place access_in_place(struct avcpu_vcpu *vcpu, u64 ipa, int len,
					      u64 *val, bool write)
{
	if (write ? avcpu_vgic_write_in_place(vcpu, ipa, len, *val) :
		    avcpu_vgic_read_in_place(vcpu, ipa, len, val))
		return AVCPU_IO_DONE;
	return avcpu_io_bus_in_place(vcpu, ipa, len, val, write);
}

/**
 * avcpu_mmio_in_place() - emulate a load or store of a device of the module
 * @vcpu: of the current thread; IRQs off, the guest's state in the CPU
 * @esr: syndrome of the data abort
 * @ipa: of its first byte; avcpu_io_bus_is_near() says that it may be one's
 *
 * Return: false if it is something else, or takes more than can be done here.
 */
bool avcpu_mmio_in_place(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa)
{
	bool write = esr & ESR_ELx_WNR;
	enum avcpu_io_in_place ret;
	int len = ISS_LEN(esr);
	u64 val = 0;

	/* Memory has an address first, also where the guest has not touched it yet. */
	if (!(esr & ESR_ELx_ISV) || READ_ONCE(vcpu->vm->bus_covered))
		return false;
	if (write) {
		val = truncate(avcpu_get_x(vcpu, ISS_SRT(esr)), len);
		val = swap_if_be(vcpu, val, len);
	}
	ret = access_in_place(vcpu, ipa, len, &val, write);
	if (ret != AVCPU_IO_DONE) {
		vcpu->arch.exit.io = ret;
		return false;
	}
	if (!write)
		finish_load(vcpu, esr, val);
	vcpu->stats.mmio_kernel++;
	avcpu_skip_instr(vcpu);
	return true;
}

static int no_syndrome(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa)
{
	struct kvm_run *run = vcpu->run;

	if (!vcpu->vm->nisv_to_user)
		return -ENOSYS;
	run->exit_reason = KVM_EXIT_ARM_NISV;
	run->arm_nisv.esr_iss = esr & NISV_ISS_MASK;
	run->arm_nisv.fault_ipa = ipa;
	return 0;
}

/**
 * avcpu_mmio_abort() - emulate one load or store at a guest physical address
 * @vcpu: of the current thread; vm->srcu held
 * @esr: syndrome of the data abort
 * @ipa: of its first byte
 *
 * Return: 1 when a device of the module has served it, 0 when user space must,
 * -ENOSYS where the syndrome does not describe the access and user space has
 * not asked to be told (KVM_CAP_ARM_NISV_TO_USER).
 */
int avcpu_mmio_abort(struct avcpu_vcpu *vcpu, u64 esr, u64 ipa)
{
	struct kvm_run *run = vcpu->run;
	bool write = esr & ESR_ELx_WNR;
	int len = ISS_LEN(esr);
	u64 val = 0;
	int ret;

	if (!(esr & ESR_ELx_ISV))
		return no_syndrome(vcpu, esr, ipa);

	if (write) {
		val = truncate(avcpu_get_x(vcpu, ISS_SRT(esr)), len);
		val = swap_if_be(vcpu, val, len);
	}
	if (vcpu->arch.exit.io == AVCPU_IO_NOBODY)
		ret = -EOPNOTSUPP;
	else if (write)
		ret = avcpu_io_bus_write(vcpu, ipa, len, val);
	else
		ret = avcpu_io_bus_read(vcpu, ipa, len, &val);
	if (!ret) {
		vcpu->stats.mmio_kernel++;
		if (!write)
			finish_load(vcpu, esr, val);
		avcpu_skip_instr(vcpu);
		return 1;
	}

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = ipa;
	run->mmio.is_write = write;
	run->mmio.len = len;
	if (write)
		put_data(run, val);
	vcpu->mmio_needed = true;
	vcpu->stats.mmio_user++;
	return 0;
}

/**
 * avcpu_arch_complete_mmio() - user space has served the last MMIO exit
 * @vcpu: vcpu->mmio_needed is set, the syndrome still that of the access
 *
 * Everything but the data is taken from the syndrome, not from the shared page.
 */
void avcpu_arch_complete_mmio(struct avcpu_vcpu *vcpu)
{
	u64 esr = vcpu->arch.exit.esr;

	if (!(esr & ESR_ELx_WNR))
		finish_load(vcpu, esr, get_data(vcpu->run));
	avcpu_skip_instr(vcpu);
	vcpu->mmio_needed = false;
}
