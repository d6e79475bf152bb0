#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# help.sh: `make help`
cat <<'EOF'
  make run                 build all, boot the host, run a guest in it
  make check               all tests, in the host
  make check-upstream      the kernel's own KVM selftests, on KVM and on avcpu
  make bench               exits, interrupts and memory in figures, beside KVM's
  make host                boot the host; a shell, or RUN='command'
  make                     build avcpu.ko for KERNEL and the programs
  make module|programs     one of them; make sparse: sparse on the module
  make clean               all but what was fetched; make refresh: that too

Variables:
  KERNEL=6.12              the host's kernel: 6.12 6.1 7.x 7.2 7.3 (Debian's),
                           slim debug nokvm (built from Debian's 6.12 source)
  CPU=neoverse-n1 SMP=2 MEM=2G QEMU_ARGS= APPEND=   the machine that QEMU makes
  RUN='command'            what to run as root in the host, with sh -c
  SHARE=directory          seen read-write at /mnt in the host
  LOAD=no MODARGS=         do not insert avcpu.ko; its parameters
  GUEST=linux GUESTARGS=   what make run runs: linux (Debian's kernel and a shell),
                           debian (with systemd, from a disk), uboot; more
                           options for avcpu-run: '--device /dev/kvm --stats'
  WERROR=no                warnings in the module do not stop its build
  NESTED=1                 run, host, bench: the host is a guest with EL2 of KVM's
                           nested virtualization (Documentation/nested.rst)
  TIMEOUT=seconds          stop the host after that (status 124)
  TESTS='a b' SETS='a b'   check-upstream: only these programs; the sets of
                           tools/host/upstream.tab (gate). KERNEL is 7.x there
  MODE=icount|plain ROWS='a b'  bench: count instructions, or measure time (both);
                           only rows with such names

In the host: /dev/avcpu and /dev/kvm, our programs in /avcpu, /mnt, /tmp. make
itself ends with 2 where a command failed and names the status ("Error 7");
tools/host/host.sh, with the same variables in its environment, ends with it.
What the host's kernel said is in build/host/last: dmesg, console.log.

Without a network: all that is fetched stays in build/cache. AVCPU_MIRROR=
http://HOST/debian names another mirror than the system's.
EOF
