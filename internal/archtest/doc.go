// Package archtest holds the rules of this tree as tests: who may import whom, that
// each package says what it is, and that the documents point at things that
// exist. Nothing enters but the tree itself.
package archtest
