// Package helm holds no code: its tests render the chart in popeye/ and hold
// what comes out to what the chart promises.
package helm
