// Package deploy is where Popeye meets the machines it runs on. What enters:
// the compose files and Dockerfiles of this repository. What leaves: nothing at
// run time; its tests hold those files to what docs and contracts promise.
//
// docs/deploy.md says which of these to take:
//
//   - secrets.sh makes the passwords, rolling.sh replaces replicas without a gap
//   - proxy is what stands before several replicas, tls what gives a server its
//     names and certificates, demo a crowd that votes
//   - observability has the alerts, the dashboard, and where metrics and traces go
//   - swarm and helm are for more than one machine
//   - engine tries all of it on a real engine
package deploy
