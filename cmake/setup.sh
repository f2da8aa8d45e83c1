#!/usr/bin/env bash
# cmake/setup.sh [programs|tests|all|bench]: installs missing packages to build and run
#   programs  the programs in examples/
#   tests     also the tests (default)
#   all       also what `tests/run.sh --all` uses
#   bench     also the benchmarks
# on Debian 12, Ubuntu 24.04 or newer. Does not use the network if nothing is missing.
set -euo pipefail

goal=${1:-tests}
case $goal in programs | tests | all | bench) ;; *)
    echo "usage: cmake/setup.sh [programs|tests|all|bench], not '$goal'" >&2
    exit 2
    ;;
esac

system=$(. /etc/os-release 2> /dev/null && echo "${ID:-unknown} ${VERSION_ID:-999}" || echo "unknown 0")
read -r name version <<< "$system"
case $name in
    debian) oldest=12 ;;
    ubuntu) oldest=24.04 ;;
    *) oldest=none ;;
esac
if [[ $oldest == none || $(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1) != "$oldest" ]]; then
    echo "cmake/setup.sh: this is $name $version; supported are Debian 12, Ubuntu 24.04 and newer; nothing was installed" >&2
    exit 1
fi

packages=()
reasons=()
# want PACKAGE REASON [COMMAND]: requests the package unless it is installed or COMMAND exists.
want() {
    [[ -n ${3:-} ]] && command -v "$3" > /dev/null && return
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null) == installed ]] && return
    packages+=("$1")
    reasons+=("$(printf '  %-20s %s' "$1" "$2")")
}

want g++ "compiler" g++
want cmake "build" cmake
want ninja-build "build" ninja
want libboost-dev "headers: distributions (Boost.Math)"
want nlohmann-json3-dev "headers: JSON"
want libcsv-dev "CSV"
want libzip-dev "npz archives"
want libcli11-dev "headers: command lines of the programs"
want libtbb-dev "a pool that an example runs on"
want gnuplot-nox "draws the figures of reports" gnuplot
if [[ $goal != programs ]]; then
    want doctest-dev "headers: tests"
    want libthrust-dev "headers: Thrust, for its host systems"
    want python3-venv "tests: the Python package"
    want python3-dev "tests: the Python package"
    # Ubuntu provides Chromium only as a snap; there the tests of the report's page are skipped with a message.
    if [[ $name == debian ]]; then
        want chromium "tests: the report in a browser" chromium
        want fonts-liberation "tests: letters for the browser"
    fi
fi
if [[ $goal == all ]]; then
    want clang "second compiler" clang++
    want libomp-dev "OpenMP of the second compiler"
    want clang-format-14 "formatting" clang-format
    want codespell "spelling" codespell
fi
if [[ $goal == bench ]]; then
    want clang "second compiler" clang++
    want libbenchmark-dev "benchmarks"
fi

if ((${#packages[@]} == 0)); then
    echo "setup: everything for '$goal' is installed"
    exit 0
fi

echo "setup: installs these packages with apt-get:"
printf '%s\n' "${reasons[@]}"
as_root=()
if ((EUID != 0)); then
    command -v sudo > /dev/null || { echo "cmake/setup.sh: run it as root, or install sudo" >&2; exit 1; }
    as_root=(sudo)
fi
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" > /dev/null; }
apt_get update
# Newer systems may not have libthrust-dev; tests that need it are then skipped with a message.
if [[ " ${packages[*]} " == *" libthrust-dev "* && -z $(apt-cache search --names-only '^libthrust-dev$') ]]; then
    echo "setup: this system has no libthrust-dev; without a CUDA toolkit the tests of Thrust's systems are skipped"
    packages=("${packages[@]/libthrust-dev/}")
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep .)
    if ((${#packages[@]} == 0)); then exit 0; fi
fi
apt_get install --yes --no-install-recommends "${packages[@]}"
