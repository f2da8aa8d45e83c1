#!/usr/bin/env bash
# examples/run.sh: from a fresh machine to results in out/. Sets up, builds the programs and runs the main job: several
# models scored against the original and the reassessed labels, a table of models tested for progress, and the paper
# recomputed as a report.
#
# Without data, the validation set is a simulated one. With REASSESS_DATA naming a folder of the released data, it is
# ImageNet's, with 24 models.
set -euo pipefail

if [[ -n ${REASSESS_DATA:-} ]]; then REASSESS_DATA=$(realpath -e "$REASSESS_DATA"); fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash cmake/setup.sh programs
cmake --preset release -DREASSESS_BUILD_TESTS=OFF
cmake --build --preset release
programs=build/release/examples
mkdir -p out

if [[ -n ${REASSESS_DATA:-} ]]; then
    images="ImageNet's validation set, 24 models"
    models=("$REASSESS_DATA"/imagenetv2/imagenet-validation-original/*.npy)
    option=--predictions
    labels=(
        --original "$REASSESS_DATA/label-errors/imagenet_val_set_original_labels.npy"
        --real "$REASSESS_DATA/reassessed-imagenet/real.json"
        --names "$REASSESS_DATA/imagenetv2/imagenet-validation-original.json"
        --classes 1000
    )
else
    images="a simulated validation set"
    "$programs/simulate_validation_set" --out out/simulated
    models=(out/simulated/model_*.npy)
    option=--scores
    labels=(
        --original out/simulated/original.npy
        --real out/simulated/real.json
        --names out/simulated/names.txt
    )
fi

arguments=()
for model in "${models[@]}"; do
    arguments+=("$option" "$(basename "$model" .npy)=$model")
done

echo
echo "== evaluate: $images"
"$programs/evaluate" "${arguments[@]}" "${labels[@]}" --json out/evaluate.json | tee out/evaluate.txt
echo
echo "== progress: is the gain of newer models on the original labels also a gain on the reassessed ones?"
"$programs/progress" --table examples/data/table5.csv --json out/progress.json | tee out/progress.txt
echo
echo "== progress: the same question for the models above, whose axes share their images"
"$programs/progress" --models out/evaluate.json | tee out/progress_of_models.txt
if [[ -n ${REASSESS_DATA:-} && -f $REASSESS_DATA/reassessed-imagenet/raters.npz ]]; then
    echo
    echo "== relabel: the raters' votes become labels, the original labels voting on animals"
    "$programs/relabel" --votes "$REASSESS_DATA/reassessed-imagenet/raters.npz" \
        --gold "$REASSESS_DATA/reassessed-imagenet/golden.npz" \
        --original "$REASSESS_DATA/label-errors/imagenet_val_set_original_labels.npy" \
        --names "$REASSESS_DATA/imagenetv2/imagenet-validation-original.json" \
        --virtual-rater original --virtual-classes 0-397 --published "$REASSESS_DATA/reassessed-imagenet/real.json" \
        --labels out/labels.json --curve out/curve.csv --json out/relabel.json | tee out/relabel.txt
fi

echo
echo "== paper: every number, table and figure of the paper that these data allow"
report=(--out out/report)
if [[ -n ${REASSESS_DATA:-} ]]; then report+=(--data "$REASSESS_DATA"); fi
"$programs/paper" "${report[@]}"

echo
echo "Results: out/evaluate.txt, out/evaluate.json, out/progress.txt, out/progress.json, out/report/report.html"
if [[ -z ${REASSESS_DATA:-} ]]; then
    cat << 'END'
For ImageNet's released labels and predictions, get
  real.json                                  from github.com/google-research/reassessed-imagenet
  imagenet-validation-original/*.npy, *.json from github.com/modestyachts/ImageNetV2
  imagenet_val_set_original_labels.npy, imagenet_val_set_index_to_filepath.json
                                             from github.com/cleanlab/label-errors
put them into the folders reassessed-imagenet/, imagenetv2/ and label-errors/ of one folder, and run
  REASSESS_DATA=that/folder bash examples/run.sh
END
fi
