package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// buildFound is what a build takes: images as "reference platform", and paths of the context.
// Whole tells that it takes all of the context, so that no paths are listed.
type buildFound struct {
	Images []string `json:"images"`
	Paths  []string `json:"paths"`
	Whole  bool     `json:"whole"`
}

func buildAnswer(raw []byte, asked question) any {
	target, err := platforms.Parse(asked.Platform)
	if err != nil {
		return refusal{err.Error()}
	}
	builder, err := platforms.Parse(asked.BuildPlatform)
	if err != nil {
		return refusal{err.Error()}
	}
	capabilities := pb.Caps.CapSet(pb.Caps.All())
	images := &recorder{found: map[string]bool{}}
	result, err := dockerfile2llb.Dockerfile2LLB(context.Background(), raw, dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{
			BuildArgs: asked.Args, Target: asked.Stage, BuildPlatforms: []ocispecs.Platform{builder},
		},
		TargetPlatform: &target,
		MetaResolver:   images,
		LLBCaps:        &capabilities,
	})
	if err != nil {
		return refusal{err.Error()}
	}
	definition, err := result.State.Marshal(context.Background())
	if err != nil {
		return refusal{err.Error()}
	}
	found := buildFound{Images: sortedKeys(images.found), Paths: []string{}}
	for _, raw := range definition.Def {
		var operation pb.Op
		if err := operation.UnmarshalVT(raw); err != nil {
			return refusal{err.Error()}
		}
		found.add(operation.GetSource())
	}
	slices.Sort(found.Paths)
	return found
}

func (found *buildFound) add(source *pb.SourceOp) {
	if source == nil || !strings.HasPrefix(source.Identifier, "local://context") {
		return
	}
	paths := []string{}
	if listed := source.Attrs[pb.AttrFollowPaths]; listed == "" {
		found.Whole = true
	} else if json.Unmarshal([]byte(listed), &paths) == nil {
		found.Paths = append(found.Paths, paths...)
	}
}

// recorder notes every image that is asked for and gives each the same empty configuration.
type recorder struct {
	lock  sync.Mutex
	found map[string]bool
}

func (images *recorder) ResolveImageConfig(
	_ context.Context, reference string, options sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	platform := *options.ImageOpt.Platform
	config := ocispecs.Image{Platform: platform}
	config.RootFS = ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromString("layer")}}
	raw, err := json.Marshal(config)
	images.lock.Lock()
	defer images.lock.Unlock()
	images.found[reference+" "+platforms.Format(platforms.Normalize(platform))] = true
	return reference, "", raw, err
}
