# SPDX-License-Identifier: GPL-2.0
#
# The table of `make bench NESTED=1`, from lines "DEVICE KIND COUNT INSTRUCTIONS EXITS",
# counters that run on: the run that a line announces ends at the next one.

BEGIN {
	kinds = split("hypercall fault mmio", kind)
	split("in place,in the kernel,to user space", where, ",")
	# trapping instructions between the guest's exit and its entry
	goal["hypercall"] = 1; goal["fault"] = 3; goal["mmio"] = 6
}

function finish(instructions, exits) {
	if (device == "")
		return
	trapped[device, what, runs[device, what]] = instructions - was_instructions
	exited[device, what, runs[device, what]] = exits - was_exits
}

NF == 5 || $1 == "end" {
	finish($(NF - 1), $NF)
	device = $1; what = $2
	was_instructions = $(NF - 1); was_exits = $NF
}
NF == 5 {
	runs[$1, $2]++
	if (runs[$1, $2] == 1)
		count[$1, $2] = $3
}

function each(of, dev, k) {
	if (!count[dev, k])
		return "?"
	return int((of[dev, k, 2] - of[dev, k, 1]) / count[dev, k] + 0.5)
}

function verdict(figure, limit) {
	goals++
	if (figure == "?" || figure > limit)
		return "no"
	met++
	return "yes"
}

END {
	format = "%-12s %-14s %8s %8s %8s %5s\n"
	printf format, "exit", "of the outer", "KVM", "avcpu", "goal", "met"
	for (i = 1; i <= kinds; i++) {
		k = kind[i]
		theirs = each(exited, "kvm", k)
		ours = each(exited, "avcpu", k)
		printf format, k, "exits", theirs, ours, theirs / 2, verdict(ours, theirs / 2)
		theirs = each(trapped, "kvm", k)
		ours = each(trapped, "avcpu", k)
		printf format, "", "instructions", theirs, ours, goal[k], verdict(ours, goal[k])
	}
	print met + 0 " of " goals " goals met"
	exit met != goals
}
