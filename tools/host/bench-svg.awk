# SPDX-License-Identifier: GPL-2.0
#
# bench-svg.awk: the chart of `make bench`, from lines "MODE ROW RATIO GOAL VERDICT". A
# bar for each row: what avcpu needs where KVM needs 1; a line where the goal is.

BEGIN {
	left = 170; unit = 360; step = 20; y = 40
}

$3 != "?" && $4 !~ /^[-<]/ && $1 == mode {
	width = $3 > 1.4 ? 1.4 : $3
	body = body sprintf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", left - 8, y + 13, $2)
	body = body sprintf("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\" fill=\"%s\"/>\n", \
		left, y + 2, width * unit, $5 == "yes" ? "#4a7" : "#c64")
	body = body sprintf("<path d=\"M%.1f %dv18\" stroke=\"#222\" stroke-width=\"2\"/>\n", left + $4 * unit, y)
	body = body sprintf("<text x=\"%.1f\" y=\"%d\">%.2f</text>\n", left + 1.42 * unit, y + 13, $3)
	y += step
}

END {
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", \
		left + 1.6 * unit, y + 16
	print "<!-- SPDX-License-Identifier: GPL-2.0 -->"
	print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
	printf "<text x=\"8\" y=\"18\">avcpu in proportion to KVM (%s); the stroke is the goal</text>\n", mode
	printf "<path d=\"M%d 34V%d\" stroke=\"#888\" stroke-dasharray=\"3 3\"/>\n", left + unit, y + 4
	printf "<text x=\"%d\" y=\"32\" text-anchor=\"middle\">KVM</text>\n", left + unit
	printf "%s</svg>\n", body
}
