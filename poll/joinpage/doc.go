// Package joinpage is the pages that lead to a vote, and wait for one: the field for a
// code, the front page, and an event between its questions. What enters is what there is
// to lead to; what leaves is a page. It asks nobody anything.
package joinpage
