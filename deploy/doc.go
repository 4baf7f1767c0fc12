// Package deploy is where Popeye meets the machines it runs on. What enters:
// the compose files and Dockerfiles of this repository. What leaves: nothing at
// run time; its tests hold those files to what docs and contracts promise.
package deploy
