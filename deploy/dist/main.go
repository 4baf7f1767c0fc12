// Command dist makes what somebody without Go can run: for each system an archive
// of popeye and one of the five services' programs, with the checksums of all and
// a list of what is in each (an SBOM, in CycloneDX). What enters is the source and
// what git says of it; what leaves is a folder. The same source gives the same
// bytes, wherever and whenever it is built, with the same Go.
//
//   - main.go: what is made, and the folder
//   - build.go: the programs
//   - archive.go: archives without a trace of when and by whom
//   - sbom.go: what a program holds
//   - licences.go: what its libraries' authors want to be told with it
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// systems are what is built for, as Go names them.
var systems = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// bundles are the archives of each system, and the programs in them.
var bundles = []bundle{
	{"popeye", []string{"popeye"}},
	{"popeye-services", []string{"poll", "worker", "result"}},
}

type bundle struct {
	name     string
	programs []string
}

// sumsFile lists the checksums, as sha256sum -c reads it.
const sumsFile = "SHA256SUMS"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	source := flags.String("source", ".", "the root of the repository")
	folder := flags.String("out", "dist", "the folder to make; one that an earlier run made is replaced")
	only := flags.String("only", strings.Join(systems, ","), "the systems to build for")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := newBuilder(ctx, *source)
	fmt.Fprintf(out, "popeye %s (revision %s)\n", b.version, b.revision)
	return replace(*folder, func(fresh string) error {
		for system := range strings.SplitSeq(*only, ",") {
			for _, bundle := range bundles {
				name, err := b.bundle(ctx, fresh, system, bundle)
				if err != nil {
					return fmt.Errorf("%s for %s: %w", bundle.name, system, err)
				}
				fmt.Fprintln(out, filepath.Join(*folder, name))
			}
		}
		return writeSums(fresh)
	})
}

// replace makes a folder, whole or not at all. It takes the place of an earlier
// one, and of nothing else.
func replace(folder string, fill func(string) error) error {
	old, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, sumsFile)); err != nil && len(old) > 0 {
		return fmt.Errorf("the folder %s holds something else: choose another with --out", folder)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(folder), filepath.Base(folder)+"-new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := fill(fresh); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(fresh, 0o755), os.RemoveAll(folder)); err != nil {
		return err
	}
	return os.Rename(fresh, folder)
}

// writeSums writes the checksum of each file of a folder.
func writeSums(folder string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), f.Name())
	}
	return os.WriteFile(filepath.Join(folder, sumsFile), []byte(sums.String()), 0o644)
}
