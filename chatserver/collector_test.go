package chatserver

import "testing"

func TestSmallHeapsGrowToTheFloorAndLargeOnesDouble(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 2000, 1 << 20: 2000, 4 << 20: 700, 8 << 20: 300, 16 << 20: 100, 31 << 20: 100, 1 << 30: 100} {
		if got := collectorPercent(live); got != want {
			t.Errorf("%d MiB may grow by %d %%, want %d", live>>20, got, want)
		}
	}
}
