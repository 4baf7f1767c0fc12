//go:build pictures

package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
	"popeye/internal/testenv/browser"
)

const (
	// kept is the folder of the thumbnails.
	kept = "testdata/thumbnails"
	docs = "../../docs"
)

// album is where pictures go and what was found.
type album struct {
	folder string // of the pictures; "" for none
	accept bool
	names  []string
}

// Every page looks as it did. With SCREENSHOTS, a folder, every picture is taken and
// written there; with ACCEPT, the thumbnails are written anew.
func TestNothingChangesUnseen(t *testing.T) {
	a := &album{folder: os.Getenv("SCREENSHOTS"), accept: os.Getenv("ACCEPT") != ""}
	h, chromium := house(t), browser.Start(t, chromedp.Flag("hide-scrollbars", true))
	signedIn, guest := tab{browser.Person(t, chromium)}, tab{browser.Person(t, chromium)}
	signedIn.SignIn(h.Result)
	sameFonts := a.fonts(tab{browser.Tab{T: t, Ctx: signedIn.Ctx}})
	views := keptViews(h.All())
	few := len(views)
	if a.folder != "" {
		views = allViews(h.All())
	}
	began, last := time.Now(), time.Now()
	for i, v := range views {
		t.Run(v.name(), func(t *testing.T) {
			p := tab{browser.Tab{T: t, Ctx: guest.Ctx}}
			switch {
			case v.scene.Organiser:
				p.Ctx = signedIn.Ctx
			case v.scene.Do != "": // who votes there has not voted before
				p = tab{browser.Person(t, chromium)}
			}
			a.keeps(p, v, i < few && sameFonts)
		})
		if time.Since(last) > 10*time.Second {
			fmt.Printf("%d of %d pictures\n", i+1, len(views)) // at once
			last = time.Now()
		}
	}
	t.Logf("MEASURED %d pictures in %v", len(views), time.Since(began).Round(time.Second))
	a.closes(t, views[:few])
}

// fontsFile says with which fonts the thumbnails were taken.
const fontsFile = "testdata/fonts"

// fonts reports whether the browser writes with the fonts of the thumbnails: with others
// every line is as long as it likes, and a comparison of pictures says nothing.
func (a *album) fonts(p tab) bool {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, testenv.Patience)
	defer cancel()
	now, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const pen = document.createElement("canvas").getContext("2d");
		const families = new Set([document.body, ...document.querySelectorAll("h1, button, code")].map((e) => getComputedStyle(e).fontFamily));
		const width = (family, text) => ((pen.font = "100px " + family), pen.measureText(text).width.toFixed(1));
		return [...families].flatMap((f) => ["Where shall we eat? 0123456789", "أين نأكل؟ ٠١٢٣٤٥٦٧٨٩"].map((text) => width(f, text))).join(" ");
	})()`))
	if err != nil {
		p.T.Fatal(err)
	}
	if a.accept {
		write(p.T, fontsFile, []byte(now+"\n"))
		return true
	}
	before, err := os.ReadFile(fontsFile)
	if err != nil {
		p.T.Fatal(err)
	}
	same := strings.TrimSpace(string(before)) == now
	if !same {
		p.T.Logf("MEASURED no picture is compared: this machine has other fonts than the thumbnails (%s, there %s)", now, before)
	}
	return same
}

// looks is how often a page is looked at that seems different: figures come when they
// come.
const looks = 3

// keeps writes a picture, and compares its thumbnail if one is kept.
func (a *album) keeps(p tab, v view, compare bool) {
	p.T.Helper()
	path := filepath.Join(kept, v.name()+".png")
	before, err := load(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		p.T.Fatal(err)
	}
	taken, now, where := p.compares(v, before, compare)
	if a.folder != "" {
		write(p.T, filepath.Join(a.folder, v.name()+".png"), taken.png)
		a.names = append(a.names, v.name())
	}
	switch {
	case !compare || !isNew && where == nil:
		return
	case !a.accept && isNew:
		p.T.Errorf("%s is new: look at it, then: make screenshots ACCEPT=1", v.name())
		return
	case !a.accept:
		shown := a.shows(p.T, v, SideBySide(before, now, where))
		p.T.Errorf("%s looks different: %s shows before, now and where. If it is meant: make screenshots ACCEPT=1", v.name(), shown)
		return
	}
	write(p.T, path, encode(p.T, now))
	if d, ok := shown[v.name()]; ok {
		write(p.T, filepath.Join(docs, d.path), encode(p.T, smaller(p.decoded(v, taken), d.part)))
	}
}

// compares takes a picture, and says where it differs from the one before, nil for none,
// if that is asked: to make small pictures takes most of the time.
func (p tab) compares(v view, before *image.RGBA, compare bool) (taken picture, now *image.RGBA, where []image.Point) {
	p.T.Helper()
	for range looks {
		p.opens(v)
		taken = p.photographs(v)
		if !compare {
			break
		}
		now = p.thumbnail(v, taken)
		if before == nil {
			break
		}
		if where = Differences(before, now); where == nil {
			break
		}
	}
	return taken, now, where
}

// shows writes what differs where a person finds it after the test.
func (a *album) shows(t *testing.T, v view, differs *image.RGBA) string {
	t.Helper()
	folder := a.folder
	if folder == "" {
		folder = filepath.Join(os.TempDir(), "popeye-differences")
	}
	path := filepath.Join(folder, v.name()+".differs.png")
	write(t, path, encode(t, differs))
	return path
}

// closes writes the sheet, and sees that no thumbnail is kept of what is no more.
func (a *album) closes(t *testing.T, views []view) {
	t.Helper()
	if a.folder != "" {
		slices.Sort(a.names)
		write(t, filepath.Join(a.folder, "index.html"), []byte(Sheet(a.names)))
	}
	files, err := filepath.Glob(filepath.Join(kept, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".png")
		if slices.ContainsFunc(views, func(v view) bool { return v.name() == name }) {
			continue
		}
		if !a.accept {
			t.Errorf("%s is of no page", f)
		} else if err := os.Remove(f); err != nil {
			t.Error(err)
		}
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func encode(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func load(path string) (*image.RGBA, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := png.Decode(f)
	if err != nil {
		return nil, err
	}
	all := image.NewRGBA(p.Bounds())
	draw.Draw(all, all.Rect, p, p.Bounds().Min, draw.Src)
	return all, nil
}
