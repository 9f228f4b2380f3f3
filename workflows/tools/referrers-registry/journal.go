package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
)

// change is one accepted manifest PUT or DELETE, as a line of the journal.
type change struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Type   string `json:"type,omitempty"`
	Body   []byte `json:"body,omitempty"`
}

// journal keeps manifests across restarts: the registry behind it holds them in memory only.
type journal struct {
	mutex sync.Mutex // the journal's order is the registry's order
	file  *os.File
	next  http.Handler
}

func openJournal(path string, next http.Handler) (http.Handler, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := replay(file, next); err != nil {
		return nil, err
	}
	return &journal{file: file, next: next}, nil
}

// replay sends every recorded change to the registry; a last line cut off by a kill was never acknowledged.
func replay(file *os.File, next http.Handler) error {
	lines, whole := bufio.NewReader(file), int64(0)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return file.Truncate(whole)
		}
		if err != nil {
			return err
		}
		var c change
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		request := httptest.NewRequest(c.Method, c.Path, bytes.NewReader(c.Body))
		request.Header.Set("Content-Type", c.Type)
		next.ServeHTTP(httptest.NewRecorder(), request)
		whole += int64(len(line))
	}
}

func (j *journal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	changes := r.Method == http.MethodPut || r.Method == http.MethodDelete
	if !changes || !strings.Contains(r.URL.Path, "/manifests/") {
		j.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.next.ServeHTTP(answer, r)
	if answer.Code < 300 {
		err = json.NewEncoder(j.file).Encode(change{r.Method, r.URL.Path, r.Header.Get("Content-Type"), body})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if subject := subjectOf(body); answer.Code == http.StatusCreated && subject != "" {
		w.Header().Set("OCI-Subject", subject)
	}
	send(w, answer)
}
