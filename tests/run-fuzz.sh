#!/bin/bash
# SPDX-License-Identifier: MIT
# run-fuzz.sh SECONDS FUZZER...: lets each libFuzzer target run that long, as many at once as there are processors.
# fuzz-NAME starts from the files of tests/data/NAME* and of tests/data/fuzz-NAME, bounded in time, memory and input
# size. What breaks a target is kept as build/fuzz-NAME-* (the folder of the target) and its report is printed.
set -euo pipefail

if [ $# -lt 2 ]; then
        echo "usage: $0 SECONDS FUZZER..." >&2
        exit 2
fi
seconds=$1
shift
data=$(cd "$(dirname "$0")" && pwd)/data
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || :; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# One target, its output in $work/NAME.log and its exit status in $work/NAME.status.
fuzz() {
        local target=$1 name=${1##*/} corpus n=0 status=0
        corpus=$work/$name.corpus
        mkdir -p "$corpus"
        while IFS= read -r -d '' file; do
                n=$((n + 1))
                cp "$file" "$corpus/seed-$n"
        done < <(find "$data/${name#fuzz-}"* "$data/$name" -type f -print0 2>/dev/null || :)
        # The second limit is for a target that hangs in a way that libFuzzer does not see.
        timeout -k 5 $((seconds + 120)) "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
                -max_len=65536 -print_final_stats=1 -verbosity=1 \
                -artifact_prefix="$(dirname "$target")/$name-" "$corpus" >"$work/$name.log" 2>&1 </dev/null || status=$?
        echo "$n" >"$work/$name.seeds"
        echo "$status" >"$work/$name.status"
}

limit=$(nproc)
for target in "$@"; do
        while [ "$(jobs -rp | wc -l)" -ge "$limit" ]; do
                wait -n || :
        done
        fuzz "$target" &
done
wait

passed=0 failed=0
for target in "$@"; do
        name=${target##*/}
        if [ "$(cat "$work/$name.status" 2>/dev/null || echo 1)" = 0 ]; then
                passed=$((passed + 1))
                echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log") runs from" \
                        "$(cat "$work/$name.seeds") seeds in ${seconds}s"
        else
                failed=$((failed + 1))
                tail -60 "$work/$name.log"
                echo "$name: FAILED"
        fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" = 0 ]
