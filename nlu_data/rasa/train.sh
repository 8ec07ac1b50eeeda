#!/bin/sh
# Trains Rasa: nlu_data/rasa/train.sh MODEL.tar.gz [DATA]; RASA names the program, EPOCHS shortens the training.
# DATA is a folder or a file in Rasa's format, nlu_data unless given.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
data=$(realpath "${2:-$here/..}")
mkdir -p "$(dirname "$1")"
cd "$(dirname "$1")" # Rasa leaves a cache (.rasa) where it runs

export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=2
sed "${EPOCHS:+s/epochs: .*/epochs: $EPOCHS/}" "$here/config.yml" > config.yml
# Rasa wants a sentence for each question, and warns once an example without. Ours stand in flows/answers; its name will do.
files=$data
[ -d "$data" ] && files=$(find "$data" -maxdepth 1 -name '*.yml')
{
  printf 'version: "3.1"\nresponses:\n'
  # shellcheck disable=SC2086
  sed -n 's|^- intent: "\{0,1\}\(hoi/[a-z0-9-]*\)"\{0,1\}$|\1|p' $files | sort -u | sed 's|.*|  utter_&:\n  - text: &|'
} > domain.yml
"${RASA:-rasa}" train nlu --nlu "$data" --config config.yml --domain domain.yml --out . --fixed-model-name "$(basename "$1" .tar.gz)"
