// Package result is station 5: it shows the count to the audience. What enters is the
// store's news that a tally changed; what leaves is the newest figures, over Socket.IO
// to every viewer, and as pages, JSON and CSV to whoever asks. Organisers work on the
// same site, by package admin: neither knows the other.
//
// Package audience beneath reads tallies and decides what may be seen of them, package
// live keeps viewers up to date, package countview is what a count looks like, package
// wall the big screen and the frame for other sites, package picture the picture of a link,
// package pace the chart of the last minutes. page.go and export.go answer single
// requests; audience_page.go is the live page; wall_page.go and embed_page.go open the
// others.
package result
