package main

import (
	"bytes"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// fileFound is what stands in a Dockerfile; Build is what building one stage of it takes, or the refusal.
type fileFound struct {
	Escape string       `json:"escape"`
	Syntax string       `json:"syntax"`
	Args   [][]string   `json:"args"`
	Stages []stageFound `json:"stages"`
	Build  any          `json:"build"`
}

type stageFound struct {
	Name     string         `json:"name"`
	Base     string         `json:"base"`
	Platform string         `json:"platform"`
	Line     int            `json:"line"`
	Commands []commandFound `json:"commands"`
}

// commandFound has the fields that its keyword has; flags is as written, quotes aside.
type commandFound struct {
	Keyword  string     `json:"keyword"`
	Line     int        `json:"line"`
	Flags    []string   `json:"flags"`
	Heredocs []string   `json:"heredocs"`
	Pairs    [][]string `json:"pairs,omitempty"`
	Sources  []string   `json:"sources,omitempty"`
	From     string     `json:"from,omitempty"`
}

func fileAnswer(asked question) any {
	raw := asked.bytes()
	parsed, err := parser.Parse(bytes.NewReader(raw))
	if err != nil {
		return refusal{err.Error()}
	}
	stages, args, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{}))
	if err != nil {
		return refusal{err.Error()}
	}
	if len(stages) == 0 {
		return refusal{"no stages"}
	}
	found := fileFound{Escape: string(parsed.EscapeToken), Args: [][]string{}}
	found.Syntax, _, _, _ = parser.DetectSyntax(raw)
	for _, one := range args {
		found.Args = append(found.Args, argPairs(one.Args)...)
	}
	nodes := map[int]*parser.Node{}
	for _, node := range parsed.AST.Children {
		nodes[node.StartLine] = node
	}
	for _, stage := range stages {
		found.Stages = append(found.Stages, stageAnswer(stage, nodes))
	}
	found.Build = buildAnswer(raw, asked)
	return found
}

func stageAnswer(stage instructions.Stage, nodes map[int]*parser.Node) stageFound {
	found := stageFound{
		Name: stage.Name, Base: stage.BaseName, Platform: stage.Platform,
		Line: stage.Location[0].Start.Line, Commands: []commandFound{},
	}
	for _, command := range stage.Commands {
		line := command.Location()[0].Start.Line
		found.Commands = append(found.Commands, commandAnswer(command, nodes[line]))
	}
	return found
}

func commandAnswer(command instructions.Command, node *parser.Node) commandFound {
	found := commandFound{
		Keyword: command.Name(), Line: node.StartLine, Flags: orEmpty(node.Flags), Heredocs: []string{},
	}
	for _, heredoc := range node.Heredocs {
		found.Heredocs = append(found.Heredocs, heredoc.Content)
	}
	switch one := command.(type) {
	case *instructions.EnvCommand:
		for _, pair := range one.Env {
			found.Pairs = append(found.Pairs, []string{pair.Key, pair.Value})
		}
	case *instructions.ArgCommand:
		found.Pairs = argPairs(one.Args)
	case *instructions.CopyCommand:
		found.Sources, found.From = one.SourcePaths, one.From
	case *instructions.AddCommand:
		found.Sources = one.SourcePaths
	}
	return found
}

func argPairs(args []instructions.KeyValuePairOptional) [][]string {
	found := [][]string{}
	for _, one := range args {
		if one.Value == nil {
			found = append(found, []string{one.Key})
		} else {
			found = append(found, []string{one.Key, *one.Value})
		}
	}
	return found
}
