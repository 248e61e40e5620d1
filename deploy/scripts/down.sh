#!/bin/sh
# Stops what up.sh started: cameras first, so that what is on its way still arrives, NATS last.
set -u
cd "$(dirname "$0")/../.."
. deploy/scripts/processes.sh

run=var/run
wait_seconds=20

for name in ingest pose classifier gateway nats; do
    file=$run/$name.pid
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    # A process id is used again one day: look whether it is still ours.
    case $(words "$pid") in
    *"serve $name"* | *nats-server* | *nats_server*)
        kill "$pid" 2>/dev/null
        waited=0
        while running "$pid"; do
            if [ "$waited" -ge $((wait_seconds * 10)) ]; then
                echo "$name did not stop within $wait_seconds s; ending it" >&2
                kill -9 "$pid" 2>/dev/null
                break
            fi
            waited=$((waited + 1))
            sleep 0.1
        done
        echo "$name stopped"
        ;;
    esac
    rm -f "$file"
done
exit 0
