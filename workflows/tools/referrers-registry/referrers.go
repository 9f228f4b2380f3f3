package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

const (
	indexType = "application/vnd.oci.image.index.v1+json"
	noneYet   = `{"schemaVersion":2,"mediaType":"` + indexType + `","manifests":[]}`
)

// withReferrers completes the referrers list as the distribution specification 1.1 has it: an unknown
// repository has no referrers (200, not 404), and descriptors show artifact type and annotations.
func withReferrers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repository, _, found := strings.Cut(r.URL.Path, "/referrers/")
		if !found || r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		switch answer.Code {
		case http.StatusOK:
			list := describe(answer.Body.Bytes(), repository, r.URL.Query().Get("artifactType"), next)
			sendIndex(w, list, r.URL.Query().Has("artifactType"))
		case http.StatusNotFound:
			sendIndex(w, []byte(noneYet), false)
		default:
			send(w, answer)
		}
	})
}

// describe fills each descriptor of a referrers list from its manifest, and keeps those of one artifact type.
func describe(list []byte, repository, wanted string, next http.Handler) []byte {
	var index map[string]any
	if json.Unmarshal(list, &index) != nil {
		return list
	}
	entries, _ := index["manifests"].([]any)
	kept := []any{}
	for _, entry := range entries {
		descriptor, _ := entry.(map[string]any)
		digest, _ := descriptor["digest"].(string)
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, repository+"/manifests/"+digest, nil))
		var manifest map[string]any
		if json.Unmarshal(answer.Body.Bytes(), &manifest) != nil {
			continue
		}
		for _, key := range []string{"artifactType", "annotations"} {
			if value, present := manifest[key]; present {
				descriptor[key] = value
			}
		}
		if wanted == "" || descriptor["artifactType"] == wanted {
			kept = append(kept, descriptor)
		}
	}
	index["manifests"] = kept
	complete, err := json.Marshal(index)
	if err != nil {
		return list
	}
	return complete
}

func subjectOf(manifest []byte) string {
	var parsed struct {
		Subject struct {
			Digest string `json:"digest"`
		} `json:"subject"`
	}
	if json.Unmarshal(manifest, &parsed) != nil {
		return ""
	}
	return parsed.Subject.Digest
}

func sendIndex(w http.ResponseWriter, body []byte, filtered bool) {
	w.Header().Set("Content-Type", indexType)
	if filtered {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// send passes a recorded answer on.
func send(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}
