package countview

import "testing"

func TestAmountsAreExact(t *testing.T) {
	for _, c := range []struct{ from, to, change string }{
		{"1", "13", "+12"},
		{"7.00000", "5.00000", "−2.00000"},
		{"3", "3", ""},
		{"", "4", "+4"},
		{"0.00001", "12345678901234567890.00002", "+12345678901234567890.00001"},
		{"1000", "3500", "+2\u202f500"},
	} {
		if got := change(c.from, c.to); got != c.change {
			t.Errorf("from %s to %s: %q, want %q", c.from, c.to, got, c.change)
		}
	}
	for decimal, want := range map[string]string{"": "", "12": "12", "1234.50000": "1\u202f234.50000", "4.5": "4.5"} {
		if got := amount(decimal); got != want {
			t.Errorf("%s is written %q, want %q", decimal, got, want)
		}
	}
}
