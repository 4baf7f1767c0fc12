package poll

import (
	"testing"

	"go.uber.org/goleak"

	chrome "popeye/internal/testenv/browser"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(withBrowser{m}) }

// withBrowser ends the browser of the tests before anybody looks for what is left.
type withBrowser struct{ *testing.M }

func (w withBrowser) Run() int {
	defer chrome.StopShared()
	return w.M.Run()
}
