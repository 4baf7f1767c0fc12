// Package scenes is the list of what people see of Popeye: every page in every state
// that it has. What enters is the program; what leaves is a popeye that runs, with polls, events
// and votes in it, and a table of scenes, each with its address and what a person does
// there. Those who look at pages share it: the judges of accessibility and HTML, and
// whoever takes pictures.
package scenes
