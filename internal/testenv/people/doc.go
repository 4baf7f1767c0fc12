// Package people is who comes to our sites in tests: a Voter, an Organiser, a Crowd that
// votes on its own and knows what it was answered. What enters is the address of a site
// that package testenv started; what leaves is requests, by client, the Go client of the API.
package people
