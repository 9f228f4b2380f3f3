package main

import (
	"bytes"
	"runtime/debug"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

type wordFound struct {
	Text    string   `json:"text"`
	Words   []string `json:"words"`
	Missing []string `json:"missing"`
}

func wordAnswer(asked question) any {
	env := []string{}
	for name, value := range asked.Env {
		env = append(env, name+"="+value)
	}
	variables := shell.EnvsFromSlice(env)
	lexer := shell.NewLex([]rune(asked.Escape)[0])
	found, err := lexer.ProcessWordWithMatches(asked.Text, variables)
	if err != nil {
		return refusal{err.Error()}
	}
	return wordFound{found.Result, orEmpty(found.Words), sortedKeys(found.Unmatched)}
}

type ignoreFound struct {
	Excluded []bool `json:"excluded"`
}

func ignoreAnswer(asked question) any {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(asked.bytes()))
	if err != nil {
		return refusal{err.Error()}
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return refusal{err.Error()}
	}
	excluded := make([]bool, len(asked.Paths))
	for index, path := range asked.Paths {
		if excluded[index], err = isExcluded(matcher, path); err != nil {
			return refusal{err.Error()}
		}
	}
	return ignoreFound{excluded}
}

// isExcluded asks for the folders from the top down, as BuildKit does when it walks a context.
func isExcluded(matcher *patternmatcher.PatternMatcher, path string) (bool, error) {
	var above patternmatcher.MatchInfo
	for place, char := range path {
		if char != '/' {
			continue
		}
		_, info, err := matcher.MatchesUsingParentResults(path[:place], above)
		if err != nil {
			return false, err
		}
		above = info
	}
	excluded, _, err := matcher.MatchesUsingParentResults(path, above)
	return excluded, err
}

func orEmpty(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

func sortedKeys[V any](set map[string]V) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func buildkitVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range info.Deps {
		if module.Path == "github.com/moby/buildkit" {
			return module.Version
		}
	}
	return "unknown"
}
