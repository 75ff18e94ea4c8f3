#!/bin/sh
# SPDX-License-Identifier: MIT
# run-unit.sh TEST...: runs each unit test, shows the output of those that fail, and counts the cases.
set -u

passed=0 failed=0 broken=
for test in "$@"; do
        output=$("$test" 2>&1)
        status=$?
        p=$(printf '%s\n' "$output" | sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\..*/\1/p' | tail -1)
        f=$(printf '%s\n' "$output" | sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s), listed below:.*/\1/p' | tail -1)
        passed=$((passed + ${p:-0}))
        failed=$((failed + ${f:-0}))
        if [ $status -ne 0 ] || [ "${p:-0}" = 0 ]; then
                broken="$broken ${test##*/}"
                [ "${f:-0}" != 0 ] || failed=$((failed + 1))
                printf '%s\n' "$output"
                echo "${test##*/}: exit status $status"
        fi
done
[ -z "$broken" ] || echo "unit tests that failed:$broken"
[ $# -gt 0 ] || { echo "there are no unit tests"; failed=1; }
echo "unit: $passed passed, $failed failed"
[ "$failed" = 0 ]
