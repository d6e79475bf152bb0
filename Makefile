# SPDX-License-Identifier: GPL-2.0
#
# avcpu: the two commands are `make run` and `make check`; `make help` tells
# the rest. The module's own makefile is Kbuild.

# The kernel's own tests are those of the newest kernel.
ifeq ($(origin KERNEL),undefined)
check-upstream: KERNEL := 7.x
endif
KERNEL ?= 6.12
export KERNEL

# Text for a shell in the host: dollars in it are the shell's, not make's.
override RUN := $(value RUN)
override APPEND := $(value APPEND)
export RUN APPEND
export NESTED SHARE CPU SMP MEM QEMU_ARGS LOAD MODARGS TIMEOUT GUEST GUESTARGS TESTS SETS WERROR MODE ROWS COUNT

MAKEFLAGS += --no-print-directory
H := tools/host

.PHONY: all module sparse programs run check check-upstream bench host help clean refresh

all:
	@$(H)/build.sh module programs

module sparse programs:
	@$(H)/build.sh $@

help:
	@$(H)/help.sh

run:
	@$(H)/run.sh

check:
	@$(H)/check.sh

check-upstream:
	@$(H)/upstream.sh

bench:
	@$(H)/$(if $(NESTED),nested-)bench.sh

host:
	@$(H)/host.sh

clean:
	find build -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +

# Forget the fixtures: the next run takes the archive's versions of that day.
refresh: clean
	rm -rf build/cache/apt build/cache/fixtures build/cache/qemu build/cache/src build/cache/kernels build/cache/debian
