"""Suggestions: near, and never slow."""

from __future__ import annotations

from publisher.plan.nearest import MOST, NearestName, nearest_files


def test_the_nearest_tag_of_the_image_goes_first() -> None:
    names = ["python:3.10", "python:3.112", "pythia:3.1"]
    assert NearestName().fix("python:3.1", names) == "did you mean `python:3.10`?"
    assert NearestName().fix("pithon:3.112", names) == "did you mean `python:3.112`?"
    assert NearestName().fix("golang:1", names) == ""


def test_many_names_cost_little() -> None:
    nearest = NearestName()
    names = [f"image{number}:tag{tag}" for number in range(2000) for tag in range(5)]
    assert nearest.fix("image17:tag9", names).startswith("did you mean `image17:tag")
    for number in range(300):
        nearest.fix(f"imagine{number}:tag1", names)


def test_a_file_in_the_folder_goes_before_one_above() -> None:
    paths = ["a/b/c/smoke.yml", "a/b/smoke.yaml", "a/b/other.txt", "x/smoke.yml"]
    assert nearest_files(["a/b/c/smoke.yaml"], paths) == {"a/b/c/smoke.yaml": "a/b/c/smoke.yml"}
    assert nearest_files(["a/b/d/smoke.yaml"], paths) == {"a/b/d/smoke.yaml": "a/b/smoke.yaml"}
    assert nearest_files(["elsewhere/smoke.yaml"], paths) == {}
    assert nearest_files([], paths) == {}
    assert nearest_files(["Dockerfil"], ["Dockerfile"]) == {"Dockerfil": "Dockerfile"}


def test_a_folder_of_many_files_is_not_searched_whole() -> None:
    paths = [f"a/file{number}" for number in range(MOST * 50)]
    assert nearest_files(["a/file1x"], paths)
