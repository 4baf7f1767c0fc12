// Package pages looks at every page in every state, as package scenes lists them. What
// enters is one popeye and one browser; what leaves are findings: of axe-core, in all
// languages, light, dark and with forced colours; of html-validate; of a keyboard; and of
// narrow and magnified screens. The judges come from npm, pinned by tools/pages, and are
// put into pages by the DevTools protocol: the pages' own rules for scripts stay as they
// are.
package pages
