package admin

import (
	g "maragu.dev/gomponents"

	"popeye/internal/ui"
)

// risk says how Redis, as it is set up, may lose votes: result can't reach it, so
// a worker reports that with the account.
func (a account) risk() g.Node {
	kind := "warn"
	var text string
	switch a.QueueRisk {
	case "":
		return nil
	case "eviction":
		kind, text = "bad", "Redis is set up to delete votes when its memory is full, also votes that were answered “recorded”. "+
			"Ask whoever runs it to set maxmemory-policy to volatile-ttl or noeviction."
	case "no_aof":
		text = "Redis keeps votes in its memory alone: if it ends, those that wait are lost. Ask whoever runs it to set appendonly yes and appendfsync always."
	case "fsync_no":
		text = "Redis does not wait for its disk: if the power fails, the votes of the last half minute may be lost. Ask whoever runs it to set appendfsync always."
	case "fsync_everysec":
		text = "Redis writes votes to its disk once a second: if the power fails, those of the last second may be lost. Ask whoever runs it to set appendfsync always."
	default:
		text = "Redis does not tell us how it keeps votes. Ask whoever runs it whether it may delete them, and whether it writes each to its disk."
	}
	return ui.Notice(kind, "", g.Text(text))
}
