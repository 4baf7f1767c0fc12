package countview

import (
	"testing"

	"popeye/internal/i18n"
)

func TestAmountsAreExact(t *testing.T) {
	for _, c := range []struct{ from, to, change string }{
		{"1", "13", "+12"},
		{"7.00000", "5.00000", "−2.00000"},
		{"3", "3", ""},
		{"", "4", "+4"},
		{"0.00001", "12345678901234567890.00002", "+12345678901234567890.00001"},
		{"1000", "3500", "+2,500"},
	} {
		if got := change(i18n.English, c.from, c.to); got != c.change {
			t.Errorf("from %s to %s: %q, want %q", c.from, c.to, got, c.change)
		}
	}
	for decimal, want := range map[string]string{"": "", "12": "12", "1234.50000": "1,234.50000", "4.5": "4.5"} {
		if got := i18n.English.Decimal(decimal); got != want {
			t.Errorf("%s is written %q, want %q", decimal, got, want)
		}
	}
}
