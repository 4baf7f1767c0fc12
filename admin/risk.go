package admin

import (
	g "maragu.dev/gomponents"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// risk says how Redis, as it is set up, may lose votes: result can't reach it, so
// a worker reports that with the account.
func (a account) risk(say *i18n.Printer) g.Node {
	kind, code := "warn", "admin.risk.unknown"
	switch a.QueueRisk {
	case "":
		return nil
	case "eviction":
		kind, code = "bad", "admin.risk.eviction"
	case "no_aof":
		code = "admin.risk.no_aof"
	case "fsync_no":
		code = "admin.risk.fsync_no"
	case "fsync_everysec":
		code = "admin.risk.fsync_everysec"
	}
	return ui.Notice(kind, "", g.Text(say.Text(code, nil)))
}
