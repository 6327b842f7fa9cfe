package web

import "testing"

func TestPageCache_keeps(t *testing.T) {
	for bytes, want := range map[int64]int{1 << 20: 1, -1: 3} {
		c, err := newPageCache(bytes)
		if err != nil {
			t.Fatal(err)
		}
		builds := 0
		for range 3 {
			p, err := c.page("key", func() (*page, error) {
				builds++
				return newPage(htmlType, []byte("page"))
			})
			if err != nil || string(p.body[""]) != "page" {
				t.Fatalf("page %v, %v", p, err)
			}
		}
		if builds != want {
			t.Errorf("%d bytes: page was built %d times, want %d", bytes, builds, want)
		}
	}
}
