#!/usr/bin/env bash
# Starts the service as the README says, pastes the curl that it prints, and stops it with SIGTERM.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
PORT=${PORT:-3917} npm start >"$log" 2>&1 &
server=$!
trap 'kill -TERM "$server" 2>/dev/null || true; rm -f "$log"' EXIT

for _ in $(seq 1 100); do
  grep -q 'curl -s' "$log" && break
  sleep 0.1
done
command=$(grep -m1 'curl -s' "$log" || { cat "$log"; exit 1; })
answer=$(eval "$command")
# The sample patient has a T-score of -2.7 and no lipids on file; both cards are in the README.
for topic in fracture-osteoporosis-treatment-gap low-bmd-cv-risk-check; do
  grep -q "\"code\":\"$topic\"" <<<"$answer" || { printf 'no card %s in %s\n' "$topic" "$answer"; exit 1; }
done

kill -TERM "$server"
wait "$server"
trap - EXIT
printf 'started, answered and stopped with status 0\n'
