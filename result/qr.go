package result

import (
	g "maragu.dev/gomponents"

	"popeye/internal/i18n"
	"popeye/internal/qrcode"
)

// qrCode draws text as one SVG path.
func qrCode(say *i18n.Printer, text string) (g.Node, error) {
	return qrcode.Draw(text, say.Text("result.qr", nil))
}
