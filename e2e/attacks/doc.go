// Package attacks holds what one hostile machine does to Popeye, each attack as a
// test that says what has to hold. They are bounded, and reach loopback only.
package attacks
