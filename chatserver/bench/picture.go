package bench

import (
	"fmt"
	"strings"
)

// peers are what other servers did in scenario S1, measured earlier on a like
// machine by the project's owner; see docs/benchmarks.md.
var peers = []bar{{"Nakama", 4760, false}, {"Tinode", 1490, false}, {"Mattermost (2021)", 342, false}}

// bar is a line of the picture.
type bar struct {
	name  string
	value float64
	ours  bool
}

// picture draws the report's main figures as SVG.
func (r *Report) picture() string {
	d := &drawing{y: 24}
	for _, p := range r.Pairs {
		perSecond := func(r PairsResult) float64 { return r.PerSecond }
		bars := []bar{{"UIM", middle(p.UIM, perSecond).PerSecond, true}, {"bare Go server", middle(p.Bare, perSecond).PerSecond, false}}
		title := fmt.Sprintf("Messages a second, stored and delivered: %d people, %d in flight each", p.Users, p.InFlight)
		if p.InFlight == 1 {
			bars, title = append(bars, peers...), title+" (others: like machine, earlier)"
		}
		d.chart(title, "%.0f", bars)
		cpu := func(r PairsResult) float64 { return (r.CPUSeconds[0] + r.CPUSeconds[1]) * 1000 }
		d.chart(fmt.Sprintf("Processor ms for 1,000 of them, server and Postgres, %d in flight each", p.InFlight), "%.0f",
			[]bar{{"UIM", cpu(middle(p.UIM, perSecond)), true}, {"bare Go server", cpu(middle(p.Bare, perSecond)), false}})
	}
	if r.Idle != nil && r.IdleBare != nil {
		d.chart(fmt.Sprintf("KB for each of %d idle connections", r.Idle.Connections), "%.1f",
			[]bar{{"UIM", r.Idle.KBEach, true}, {"bare Go server", r.IdleBare.KBEach, false}})
	}
	if len(r.Reconnect) > 0 {
		m := middle(r.Reconnect, func(r ReconnectResult) float64 { return r.Last })
		d.chart(fmt.Sprintf("Seconds until %d who reconnect have their %d missed messages each", m.Users, m.Missed), "%.2f",
			[]bar{{"UIM", m.Last, true}, {"Tinode", 2.4, false}})
	}
	return d.svg()
}

// drawing is bar charts below each other.
type drawing struct {
	body strings.Builder
	y    int
}

const (
	pictureWidth = 720
	barsFrom     = 160
	barsWidth    = 460
)

func (d *drawing) chart(title, format string, bars []bar) {
	most := 0.0
	for _, b := range bars {
		most = max(most, b.value)
	}
	fmt.Fprintf(&d.body, `<text x="16" y="%d" class="t">%s</text>`+"\n", d.y, title)
	d.y += 12
	for _, b := range bars {
		class := "o"
		if b.ours {
			class = "u"
		}
		width := max(1, b.value/max(most, 1e-9)*barsWidth)
		fmt.Fprintf(&d.body, `<text x="%d" y="%d" class="n">%s</text><rect x="%d" y="%d" width="%.0f" height="14" class="%s"/><text x="%.0f" y="%d">`+format+"</text>\n",
			barsFrom-8, d.y+12, b.name, barsFrom, d.y, width, class, barsFrom+width+6, d.y+12, b.value)
		d.y += 20
	}
	d.y += 22
}

func (d *drawing) svg() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#334}.t{font-weight:600}.n{text-anchor:end}.u{fill:#2563eb}.o{fill:#94a3b8}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
`, pictureWidth, d.y, pictureWidth, d.y) + d.body.String() + "</svg>\n"
}
