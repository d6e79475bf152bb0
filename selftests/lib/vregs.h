/* SPDX-License-Identifier: GPL-2.0 */
/* The SIMD registers, for assembly that does the same to each: x(n) for n = 0 to 31. */
#ifndef SELFTESTS_VREGS_H
#define SELFTESTS_VREGS_H

#define ALL_V(x)							\
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11)	\
	x(12) x(13) x(14) x(15) x(16) x(17) x(18) x(19) x(20) x(21)	\
	x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30) x(31)

#endif
