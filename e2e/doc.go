// Package e2e tries the whole system as its users have it: the same binaries as
// in production, a real Redis, a real PostgreSQL and a real browser. What enters
// is votes, from people, programs and by hand; what leaves is what the screen
// shows. Everything is here to be read as a script: stack_test.go starts things,
// page_test.go drives the browser, the others tell the stories.
package e2e
