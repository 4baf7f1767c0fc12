package testenv

import "fmt"

// Outside runs f outside of any test: a program that starts servers as tests do.
// What would fail or skip a test ends f, and is the error. At last comes what
// was handed to Cleanup, also when f panics. Its T is for the goroutine of f.
func Outside(f func(T) error) (err error) {
	p := &outsider{}
	defer p.clean()
	defer func() {
		switch end := recover().(type) {
		case nil:
		case given:
			err = end.up
		default:
			panic(end)
		}
	}()
	return f(p)
}

// outsider is a T without a test.
type outsider struct{ cleanups []func() }

// given is what a program panics with to leave f.
type given struct{ up error }

func (p *outsider) clean() {
	for _, c := range p.cleanups {
		defer c() // the last first, and one that panics does not keep the others
	}
}

func (p *outsider) Helper()             {}
func (p *outsider) Failed() bool        { return false }
func (p *outsider) Logf(string, ...any) {}
func (p *outsider) Cleanup(f func())    { p.cleanups = append(p.cleanups, f) }
func (p *outsider) Fatal(args ...any) {
	panic(given{fmt.Errorf("%s", fmt.Sprint(args...))})
}

func (p *outsider) Fatalf(format string, args ...any) {
	panic(given{fmt.Errorf(format, args...)})
}

func (p *outsider) Skipf(format string, args ...any) { p.Fatalf(format, args...) }
