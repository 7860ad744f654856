#!/usr/bin/env bash
# Makes the sounds that callers hear out of internal/voice/speech/sounds/text.tsv: A-law, 8 kHz, one file for each name and
# language. It needs espeak-ng and sox (apt-get install espeak-ng sox), and takes names to make only those.
# The Chinese is given as pinyin, because espeak-ng knows the reading of few characters.
set -euo pipefail
cd "$(dirname "$0")/../internal/voice/speech/sounds"
level=-20 # dB below full scale, root mean square
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make <file> <voice> <words a minute> <text>
make() {
  espeak-ng -v "$2" -s "$3" -w "$work/raw.wav" "$4"
  # Telephones pass 300 to 3,400 Hz. Silence goes at both ends; what stays is between two words of a sentence.
  sox -D -v 0.7 "$work/raw.wav" "$work/cut.wav" rate -v 8000 sinc 200-3500 \
    silence 1 0.01 -45d reverse silence 1 0.01 -45d reverse
  local rms
  rms=$(sox "$work/cut.wav" -n stats 2>&1 | awk '/^RMS lev dB/ { print $4 }')
  sox -D "$work/cut.wav" "$work/loud.wav" gain -l "$(awk -v is="$rms" -v want="$level" 'BEGIN { print want - is }')" pad 0.03 0.09
  sox -D "$work/loud.wav" -t wav -e a-law -c 1 -r 8000 "$1"
}

mkdir -p zh en
made=0
while IFS=$'\t' read -r name _ pinyin english; do
  [[ $name == \#* || -z $name ]] && continue
  if [[ $# -gt 0 && " $* " != *" $name "* ]]; then continue; fi
  make "zh/$name.wav" cmn-latn-pinyin 200 "$pinyin"
  make "en/$name.wav" en-gb 180 "$english"
  made=$((made + 2))
done <text.tsv
echo "$made sounds, $(du -bc ./*/*.wav | awk 'END { print $1 }') bytes in all"
