// referrers-registry is a small registry with the OCI referrers API, for tests and demonstrations.
//
// It serves go-containerregistry's registry with three additions: manifests survive a restart,
// referrers carry the artifact type and annotations that the specification asks for,
// and every request leaves one line "time method path status bytes" in a log.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:5000", "address to listen on")
	data := flag.String("data", "registry-data", "directory for blobs and the manifest journal")
	access := flag.String("log", "", "access log file (default: standard output)")
	flag.Parse()
	if err := serve(*listen, *data, *access); err != nil {
		log.Fatal(err)
	}
}

func serve(listen, data, access string) error {
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	lines := io.Writer(os.Stdout)
	if access != "" {
		file, err := os.OpenFile(access, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		lines = file
	}
	plain := registry.New(
		registry.WithReferrersSupport(true),
		registry.WithBlobHandler(registry.NewDiskBlobHandler(data)),
		registry.Logger(log.New(io.Discard, "", 0)),
	)
	durable, err := openJournal(filepath.Join(data, "manifests.jsonl"), plain)
	if err != nil {
		return err
	}
	return http.ListenAndServe(listen, logged(lines, withReferrers(durable)))
}
