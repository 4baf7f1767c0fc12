// Command emptyhandler answers a form as little as a handler of Go can: it reads the field vote,
// and sets a cookie. What a vote costs is told as a multiple of this.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "voter_id", Value: "3f2a9c0e7b1d4c55", Path: "/", HttpOnly: true})
		_, _ = io.WriteString(w, r.PostFormValue("vote"))
	})
	http.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], nil))
	os.Exit(1)
}
