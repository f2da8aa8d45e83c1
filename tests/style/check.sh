#!/usr/bin/env bash
# tests/style/check.sh WHAT: checks the text of all files in git.
#   formatted  .clang-format, by clang-format 14: other versions format differently
#   spelling   codespell
# Ends with 77 (skipped) and the reason where the tool is missing.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
what=$1
skip() { echo "skipped: $what: $1"; exit 77; }
git ls-files > /dev/null 2>&1 || skip "this is not a clone of the repository"

case $what in
    formatted)
        format=$(command -v clang-format-14 || command -v clang-format) || skip "clang-format is not installed"
        version=$("$format" --version)
        [[ $version == *"version 14."* ]] || skip "this is ${version##* version }, and the files are formatted by version 14"
        git ls-files -z '*.hpp' '*.cpp' '*.inl' '*.cu' | xargs -0 "$format" --dry-run -Werror
        ;;
    spelling)
        command -v codespell > /dev/null || skip "codespell is not installed"
        # "nd" is a class of a test; reference files and outputs are data.
        git ls-files -z '*.hpp' '*.cpp' '*.inl' '*.cu' '*.md' '*.sh' '*.txt' '*.cmake' ':!examples/output' \
            | xargs -0 codespell --ignore-words-list nd
        ;;
    *)
        echo "tests/style/check.sh: no such check: $what"
        exit 2
        ;;
esac
