# SPDX-License-Identifier: GPL-2.0
#
# Unit tests, built for and run on the build machine, with the sanitizers
# watching. The parts that speak to KVM are replaced by tests/stub_vm.c.

TESTS_O := $(O)/avcpu-run.tests
TESTS := test_util test_loader test_pl011 test_virtio

# Is there a zlib for the build machine?
HOST_ZLIB := $(filter /%,$(shell $(HOSTCC) -print-file-name=libz.a))
HOST_CFLAGS := $(BASE_CFLAGS) -O1 -g -fsanitize=address,undefined \
	       -fno-sanitize-recover=all $(if $(HOST_ZLIB),-DHAVE_ZLIB)

test_util-src := util.c memory.c bus.c
test_loader-src := util.c memory.c blob.c loader.c load_elf.c load_image.c
test_pl011-src := util.c irq.c pl011.c tests/stub_vm.c
test_virtio-src := util.c memory.c bus.c event.c irq.c virtio/mmio.c \
		   virtio/queue.c virtio/blk.c virtio/rng.c virtio/console.c \
		   tests/stub_vm.c

define test-program
$(TESTS_O)/$(1): tests/$(1).c tests/ktap.c $($(1)-src) $(wildcard *.h tests/*.h virtio/*.h)
	$(call say,HOSTCC  $(1))
	$(Q)mkdir -p $(TESTS_O)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $$@ $$(filter %.c,$$^) $(HOST_ZLIB)
endef
$(foreach t,$(TESTS),$(eval $(call test-program,$(t))))

check: $(TESTS:%=$(TESTS_O)/%)
	$(Q)set -e; for t in $(TESTS); do echo "# $$t"; $(TESTS_O)/$$t; done
