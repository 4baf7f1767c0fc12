// Package definition is how an organiser writes a poll, changes it, and asks again.
//
// What enters: a Definition, an Edit or a Round, from a form, a request or a command.
// What leaves: a vote.Poll that is complete and valid, or a *vote.Error.
//
// Package vote says what a poll is, also one that was made before. What is written
// today is held to more here: each text must show something, and no two options may
// look the same.
package definition
