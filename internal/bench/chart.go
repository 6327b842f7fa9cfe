package bench

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Sizes of a chart, in pixels.
const (
	chartWide  = 880
	chartLeft  = 300 // where bars begin
	chartRight = 90  // kept for the figure behind the longest bar
	chartBar   = 14
	chartRow   = 48
	chartHead  = 76
)

// WriteChart writes the processor time of each result, with what it is compared
// with below it, as bars in an SVG picture that follows the reader's colours. Where
// nothing tells processor time, the bars are the times within which 99 % were
// answered.
func (r Report) WriteChart(w io.Writer) error {
	unit, value := "µs of CPU a request", func(x Result) (float64, float64) { return x.CPU, x.ReferenceCPU }
	longest := 0.0
	for range 2 {
		for _, x := range r.Results {
			a, b := value(x)
			longest = max(longest, a, b)
		}
		if longest > 0 {
			break
		}
		unit, value = "p99 in ms", func(x Result) (float64, float64) { return x.P99, x.ReferenceP99 }
	}
	var b strings.Builder
	high := chartHead + chartRow*len(r.Results) + 12
	fmt.Fprintf(&b, chartStart, chartWide, high, html.EscapeString(r.Command+": "+unit), chartWide, high)
	fmt.Fprintf(&b, "  <text class=\"title\" x=\"24\" y=\"34\">%s</text>\n", html.EscapeString(r.Command))
	fmt.Fprintf(&b, "  <text class=\"what\" x=\"24\" y=\"56\">%s, %s; the paler bar is what it is compared with</text>\n", unit, r.runs())
	for i, x := range r.Results {
		y := chartHead + i*chartRow
		name := x.What
		if x.Connections > 1 {
			name += fmt.Sprintf(" (%d connections)", x.Connections)
		}
		fmt.Fprintf(&b, "  <text class=\"name\" x=\"24\" y=\"%d\">%s</text>\n", y+14, html.EscapeString(name))
		fmt.Fprintf(&b, "  <text class=\"what\" x=\"24\" y=\"%d\">%s</text>\n", y+30, html.EscapeString(x.Of))
		a, reference := value(x)
		writeBar(&b, "bar", y+2, a, longest)
		if reference > 0 {
			writeBar(&b, "pale", y+4+chartBar, reference, longest)
		}
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

const chartStart = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title">
  <title id="title">%s</title>
  <style>
    :root { color-scheme: light dark; --paper: #fffdfa; --ink: #191a1e; --soft: #5d5d61; --bar: #9b1c31; --pale: #c9a9ae; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #16181c; --ink: #e9e6e0; --soft: #a9a7a3; --bar: #f19aa3; --pale: #6d4a50; }
    }
    .paper { fill: var(--paper); }
    .title { fill: var(--ink); font: 600 18px system-ui, "Segoe UI", Roboto, sans-serif; }
    .name { fill: var(--ink); font: 14px system-ui, "Segoe UI", Roboto, sans-serif; }
    .what { fill: var(--soft); font: 12.5px system-ui, "Segoe UI", Roboto, sans-serif; }
    .bar { fill: var(--bar); }
    .pale { fill: var(--pale); }
  </style>
  <rect class="paper" width="%d" height="%d" rx="8"/>
`

// writeBar writes a bar with its figure.
func writeBar(b *strings.Builder, kind string, y int, value, longest float64) {
	wide := max(1, value/max(longest, 1e-9)*(chartWide-chartLeft-chartRight))
	fmt.Fprintf(b, "  <rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", kind, chartLeft, y, wide, chartBar)
	fmt.Fprintf(b, "  <text class=\"what\" x=\"%.1f\" y=\"%d\">%s</text>\n", chartLeft+wide+6, y+chartBar-2, decimal(value))
}
