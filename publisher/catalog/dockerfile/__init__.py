"""Reading Dockerfiles: lines, words, stages, and what a build of one stage uses."""
