package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// counter remembers what a handler answered.
type counter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counter) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(body []byte) (int, error) {
	n, err := c.ResponseWriter.Write(body)
	c.bytes += int64(n)
	return n, err
}

// logged writes one line per answered request: RFC3339Nano time, method, path with query, status, bytes.
func logged(lines io.Writer, next http.Handler) http.Handler {
	var mutex sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, uri := r.Method, r.RequestURI
		answer := &counter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		mutex.Lock()
		defer mutex.Unlock()
		fmt.Fprintf(lines, "%s %s %s %d %d\n",
			time.Now().UTC().Format(time.RFC3339Nano), method, uri, answer.status, answer.bytes)
	})
}
