#!/usr/bin/env bash
# Sends new runs to the build of this checkout, by steps (docs/production.md). Runs that are open stay with the build that started them.
# Usage: scripts/roll-out.sh status | ramp PERCENT | current      (TEMPORAL_* say where the server is; needs the `temporal` command)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deployment=nightjar
temporal=${TEMPORAL_CLI_PATH:-temporal}
build=$(node -p "JSON.parse(require('fs').readFileSync('dist/build.json', 'utf8')).buildId")

case "${1:-}" in
  status) "$temporal" worker deployment describe --name "$deployment" ;;
  ramp) "$temporal" worker deployment set-ramping-version --yes --deployment-name "$deployment" --build-id "$build" --percentage "${2:?how many percent?}" ;;
  current) "$temporal" worker deployment set-current-version --yes --deployment-name "$deployment" --build-id "$build" ;;
  *) sed -n 3p "$0" >&2; exit 2 ;;
esac
