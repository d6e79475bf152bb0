# SPDX-License-Identifier: GPL-2.0
#
# bench.awk: the table of `make bench`. Reads bench.tab; in the directory `dir` it finds
# MODE.txt for each of `modes`, and writes bench.json and, for the chart, ratios (lines
# "MODE ROW RATIO GOAL VERDICT"). Ends with "N of M goals met", and with status 1 if not
# all are.

# What was measured: value[mode, device, row], the least of several rounds
function read_values(mode,   file, line, f) {
	file = dir "/" mode ".txt"
	while ((getline line <file) > 0) {
		split(line, f, " ")
		if (!((mode, f[1], f[2]) in value) || f[3] + 0 < value[mode, f[1], f[2]] + 0)
			value[mode, f[1], f[2]] = f[3]
	}
	close(file)
}

# Without ROWS all rows of the table are due, with it those that name one of its words.
function wanted(row,   i, n, word) {
	n = split(rows, word, " ")
	for (i = 1; i <= n; i++)
		if (index(row, word[i]))
			return 1
	return n == 0
}

function figure(val) {
	if (val == "")
		return "-"
	return sprintf(val < 1000 ? "%.1f" : "%.0f", val)
}

# A goal is a proportion, or a limit: "<160000". A proportion's third decimal is noise.
function is_met(avcpu, ratio, goal) {
	if (goal ~ /^</)
		return avcpu != "" && avcpu + 0 <= substr(goal, 2) + 0
	return ratio != "?" && sprintf("%.2f", ratio) + 0 <= goal + 0
}

function judge(avcpu, ratio, goal) {
	if (goal == "-")
		return ""
	goals++
	if (!is_met(avcpu, ratio, goal))
		return "no"
	met++
	return "yes"
}

function json_row(mode, kvm, avcpu, ratio, goal, verdict) {
	printf "%s\n  {\"row\": \"%s\", \"mode\": \"%s\", \"unit\": \"%s\", \"kvm\": %s, \"avcpu\": %s, \"ratio\": %s, \"goal\": %s, \"met\": %s}", \
		separator, $1, mode, $4, null_or(kvm), null_or(avcpu), null_or(ratio), null_or(goal), \
		verdict == "" ? "null" : verdict == "yes" ? "true" : "false" >json
	separator = ","
}

function null_or(val) {
	if (val == "" || val == "?" || val == "-")
		return "null"
	return val ~ /^</ ? "\"" val "\"" : val
}

function table_row(mode, goal,   kvm, avcpu, ratio, verdict) {
	kvm = value[mode, "kvm", $1]
	avcpu = value[mode, "avcpu", $1]
	ratio = kvm > 0 && avcpu != "" ? sprintf("%.3f", avcpu / kvm) : "?"
	verdict = judge(avcpu, ratio, goal)
	lines[mode] = lines[mode] sprintf("%-18s %12s %12s %7s %6s  %-4s %s\n", $1, \
		figure(kvm), figure(avcpu), ratio, goal, verdict, what())
	json_row(mode, kvm, avcpu, ratio, goal, verdict)
	print mode, $1, ratio, goal, verdict >(dir "/ratios")
}

# The table's last column, which is several words.
function what(   i, text) {
	text = $5
	for (i = 6; i <= NF; i++)
		text = text " " $i
	return text
}

BEGIN {
	nr_modes = split(modes, mode_name, " ")
	for (m = 1; m <= nr_modes; m++)
		read_values(mode_name[m])
	json = dir "/bench.json"
	printf "[" >json
}

/^#/ || NF < 5 || !wanted($1) { next }

{
	for (m = 1; m <= nr_modes; m++)
		table_row(mode_name[m], mode_name[m] == "icount" ? $2 : $3)
}

END {
	print "\n]" >json
	title["icount"] = "instructions (ns of virtual time)"
	title["plain"] = "plain emulation (ns of wall time)"
	for (m = 1; m <= nr_modes; m++) {
		printf "\n%-18s %12s %12s %7s %6s  %-4s %s\n", "row", "KVM", "avcpu", "ratio", \
			"goal", "met?", title[mode_name[m]]
		printf "%s", lines[mode_name[m]]
	}
	printf "\n%d of %d goals met\n", met, goals
	exit met != goals
}
