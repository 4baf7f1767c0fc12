package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"runtime/debug"
	"slices"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// sbom lists what is in each program, from what the linker wrote into it. It
// bears no time and no serial number: the same programs have the same list.
func sbom(b builder, name string, programs []program) ([]byte, error) {
	doc := cdx.NewBOM()
	doc.SerialNumber = ""
	doc.Metadata = &cdx.Metadata{Component: &cdx.Component{
		BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: b.version,
		Licenses:   &cdx.Licenses{{License: &cdx.License{ID: "MIT"}}},
		Properties: &[]cdx.Property{{Name: "revision", Value: b.revision}},
	}}
	libraries, err := modulesOf(programs)
	if err != nil {
		return nil, err
	}
	var components []cdx.Component
	depends := []cdx.Dependency{{Ref: name, Dependencies: &[]string{}}}
	for _, p := range programs {
		*depends[0].Dependencies = append(*depends[0].Dependencies, p.file)
		components = append(components, cdx.Component{
			BOMRef: p.file, Type: cdx.ComponentTypeApplication, Name: p.name, Version: b.version,
			Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: fmt.Sprintf("%x", sha256.Sum256(p.content))}},
		})
		own, err := modulesOf([]program{p})
		if err != nil {
			return nil, err
		}
		refs := make([]string, len(own))
		for i, m := range own {
			refs[i] = purl(m)
		}
		depends = append(depends, cdx.Dependency{Ref: p.file, Dependencies: &refs})
	}
	for _, m := range libraries {
		components = append(components, cdx.Component{
			BOMRef: purl(m), Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version, PackageURL: purl(m),
		})
	}
	doc.Components, doc.Dependencies = &components, &depends
	var out bytes.Buffer
	encoder := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON)
	err = encoder.SetPretty(true).Encode(doc)
	return out.Bytes(), err
}

// purl names a module for those who look for known faults.
func purl(m debug.Module) string { return "pkg:golang/" + m.Path + "@" + m.Version }

// modulesOf are the modules in some programs, Go's own library among them, in
// the order of their names.
func modulesOf(programs []program) ([]debug.Module, error) {
	found := map[string]debug.Module{}
	for _, p := range programs {
		info, err := buildinfo.Read(bytes.NewReader(p.content))
		if err != nil {
			return nil, fmt.Errorf("read what %s was built from: %w", p.name, err)
		}
		found[stdlib] = debug.Module{Path: stdlib, Version: info.GoVersion}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			found[m.Path] = *m
		}
	}
	all := make([]debug.Module, 0, len(found))
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b debug.Module) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

// stdlib is how lists of modules name Go's own library.
const stdlib = "stdlib"
