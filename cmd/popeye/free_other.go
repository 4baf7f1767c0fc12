//go:build !linux && !darwin && !freebsd

package main

import "errors"

// freeBytes can't tell here.
func freeBytes(string) (float64, error) {
	return 0, errors.ErrUnsupported
}
