#!/usr/bin/env bash
# bench/cuda_counts.sh: warp instructions and 32-byte sectors for each row, counted by the emulator of tests/cuda_emulator.
# Needs nvcc and g++, no GPU. With cuobjdump and nvdisasm (CUDA toolkit, or nvidia-cuda-cuobjdump and nvidia-cuda-nvdisasm
# of PyPI) in PATH it also prints the machine instructions between two loads of 16 bytes, for sm_80 and sm_90, and always
# the registers of each kernel.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
toolkit=$(dirname "$(realpath "$(command -v nvcc)")")/..

nvcc -std=c++20 -O1 -gencode 'arch=compute_80,code=[sm_80,sm_90,compute_80]' --keep -Xptxas -v -I"$root/include" \
    -c "$root/bench/cuda_counts.cu" -o counts.o 2> ptxas.txt || { cat ptxas.txt; exit 1; }
printf '%s\0' "$root"/tests/cuda_emulator/*.cpp \
    | xargs -0 -n 1 -P "$(nproc)" g++ -std=c++20 -O2 -isystem "$toolkit/include" -c
g++ ./*.o -o counts
CUDA_EMULATOR_PTX=cuda_counts.ptx ./counts

# Registers, and warps that fit on a multiprocessor of 65,536 registers (they are given in units of 8 for each lane).
awk '/Compiling entry function/ { name = $0; sub(/.*function ./, "", name); split(name, part, /. for ./); target = part[2] }
     match($0, /Used [0-9]+ registers/) && name ~ /for_rows/ {
         used = substr($0, RSTART + 5) + 0
         warps = int(65536 / (int((used + 7) / 8) * 8 * 32) / 8) * 8
         if (warps > 64) warps = 64
         lanes = name; sub(/.*for_rowsILj/, "", lanes); sub(/E.*/, "", lanes)
         hook = name ~ /loss_hook/ ? "losses" : name ~ /list_hook/ ? "lists" : "ranks"
         printf "%s, %s lanes, %s: %d registers, %d of 64 warps\n", substr(target, 1, 5), lanes, hook, used, warps
     }' ptxas.txt

if command -v cuobjdump > /dev/null && command -v nvdisasm > /dev/null; then
    for target in sm_80 sm_90; do
        cuobjdump -sass -arch "$target" counts.o \
            | awk -v target="$target" '
                /Function :/ { name = $0; n = 0; delete place; loads = 0 }
                /^ +\/\*[0-9a-f]+\*\/ / {
                    address = $1; gsub(/[^0-9a-f]/, "", address); at[address] = ++n; load[n] = /LDG\.E\.128/
                    if (/ BRA / && match($0, /0x[0-9a-f]+/)) {
                        to = substr($0, RSTART + 2, RLENGTH - 2)
                        while (length(to) < length(address)) to = "0" to
                        if (to in at && at[to] < n && name ~ /for_rows/) {
                            loads = 0
                            for (i = at[to]; i <= n; ++i) loads += load[i]
                            if (loads > 0 && n - at[to] < 400) {
                                lanes = name; sub(/.*for_rowsILj/, "", lanes); sub(/E.*/, "", lanes)
                                hook = name ~ /loss_hook/ ? "losses" : name ~ /list_hook/ ? "lists" : "ranks"
                                printf "%s, %s lanes, %s: a loop of %d instructions, %.1f for each of %d loads of 16 bytes\n", target, lanes, hook, n - at[to] + 1, (n - at[to] + 1) / loads, loads
                            }
                        }
                    }
                }' | sort -u
    done
else
    echo "left out: machine instructions: cuobjdump and nvdisasm are not installed"
fi
