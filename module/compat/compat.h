/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows how kernels differ. probe.sh looks into the
 * kernel's headers at build time and passes AVCPU_HAVE_* here; the rest of the
 * module is written for the newest kernel.
 */
#ifndef AVCPU_COMPAT_H
#define AVCPU_COMPAT_H

#endif
