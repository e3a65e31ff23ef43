#!/usr/bin/env bash
# Say what failed in the weekly run: in the issue of that title if it is open, else in a new one.
# Needs the command gh, and in the environment GH_TOKEN, GH_REPO, RUN (the address of the run)
# and the results of the jobs: NEWEST, LINKS, AUDIT.
set -euo pipefail

title="The weekly run failed"
body="With the newest packages: ${NEWEST}. Links: ${LINKS}. Audit: ${AUDIT}. See ${RUN}."
open=$(gh issue list --state open --search "in:title \"${title}\"" --json number,title \
    --jq "map(select(.title == \"${title}\")) | .[0].number // empty")
if [ -n "$open" ]; then
    gh issue comment "$open" --body "$body"
else
    gh issue create --title "$title" --body "$body"
fi
