// Package pictures looks at every page with a real browser. What enters are the scenes
// of a popeye; what leaves are pictures of each in its sizes, themes and languages, a
// sheet on which a person sees them all, and small ones, kept in testdata/thumbnails,
// with which each run is compared: nothing changes unseen. Its tests have the build tag
// pictures: make screenshots runs them.
//
//   - views_test.go: which pictures are taken, and which are kept
//   - shutter_test.go: how one is taken; browser_test.go: with what
//   - difference.go: what makes two pictures differ
//   - pictures_test.go: takes them and compares; sheet.go: shows them
package pictures
