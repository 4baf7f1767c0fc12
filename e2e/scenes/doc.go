// Package scenes is the list of what people see of Popeye: every page in every state
// that it has. What enters is a running popeye; what leaves are polls and events with
// votes in it, and a table of scenes, each with its address and what a person does
// there. Those who look at pages share it: the judges of accessibility and HTML, and
// whoever takes pictures.
package scenes
