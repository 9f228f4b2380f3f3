// dockerfile-answers tells what BuildKit's own packages make of a Dockerfile, for tests of our reader.
//
// It reads one case a line from standard input and writes one answer a line to standard output,
// both JSON, until the input ends:
//
//	{"kind": "file", "text": "…", "args": {}, "platform": "linux/amd64", "build_platform": "…", "stage": ""}
//	{"kind": "word", "text": "…", "env": {}, "escape": "\\"}
//	{"kind": "ignore", "text": "…", "paths": ["…"]}
//
// A text that is not UTF-8 comes as "base64".  An answer with "error" means that BuildKit refuses.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
)

type question struct {
	Kind          string            `json:"kind"`
	Text          string            `json:"text"`
	Base64        []byte            `json:"base64"`
	Escape        string            `json:"escape"`
	Env           map[string]string `json:"env"`
	Args          map[string]string `json:"args"`
	Paths         []string          `json:"paths"`
	Platform      string            `json:"platform"`
	BuildPlatform string            `json:"build_platform"`
	Stage         string            `json:"stage"`
}

func (q question) bytes() []byte {
	if q.Base64 != nil {
		return q.Base64
	}
	return []byte(q.Text)
}

type refusal struct {
	Error string `json:"error"`
}

func main() {
	version := flag.Bool("version", false, "print the version of BuildKit and end")
	flag.Parse()
	if *version {
		fmt.Println(buildkitVersion())
		return
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func serve(in io.Reader, out io.Writer) error {
	questions := json.NewDecoder(bufio.NewReader(in))
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		line, err := json.Marshal(answer(asked))
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
}

// answer never fails: a panic of the packages under study is an answer as well.
func answer(asked question) (found any) {
	defer func() {
		if fault := recover(); fault != nil {
			found = refusal{fmt.Sprintf("panic: %v", fault)}
		}
	}()
	switch asked.Kind {
	case "file":
		return fileAnswer(asked)
	case "word":
		return wordAnswer(asked)
	case "ignore":
		return ignoreAnswer(asked)
	default:
		return refusal{"unknown kind " + asked.Kind}
	}
}
