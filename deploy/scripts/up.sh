#!/bin/sh
# Starts a NATS server and the four services as processes of their own, waits until each is ready, and prints the
# dashboard's address. Logs in var/log, process ids in var/run; down.sh stops them. Called by `make up`.
#
#   CAMERAS=...          the cameras, "front=rtsp://user:pass@host/stream bench=0"; a simulated gym of two when empty
#   SPOTTER_NATS_URL=... a server that runs already, in place of one started here
#   SPOTTER_*            any other setting of the services
set -eu
cd "$(dirname "$0")/../.."
. deploy/scripts/processes.sh

run=var/run
log=var/log
stop=deploy/scripts/down.sh
wait_seconds=60
export SPOTTER_INGEST_CAMERAS="${CAMERAS:-${SPOTTER_INGEST_CAMERAS:-}}"
[ -n "$SPOTTER_INGEST_CAMERAS" ] || SPOTTER_INGEST_CAMERAS='floor=sim://demo-1 rack=sim://demo-2'

alive() { # alive NAME
    [ -f "$run/$1.pid" ] && running "$(cat "$run/$1.pid")"
}

start() { # start NAME COMMAND...
    name=$1
    shift
    nohup "$@" >"$log/$name.log" 2>&1 </dev/null &
    echo $! >"$run/$name.pid"
}

fail() { # fail NAME WORDS...: say why, show the end of its log, stop everything
    name=$1
    shift
    echo "$name $*. The end of $log/$name.log:" >&2
    tail -n 15 "$log/$name.log" >&2
    $stop
    exit 1
}

ready() { # ready NAME COMMAND...: wait until the command succeeds; give up when the process ends
    name=$1
    shift
    waited=0
    while alive "$name"; do
        if "$@" >/dev/null 2>&1; then
            echo "$name is ready"
            return
        fi
        [ "$waited" -lt $((wait_seconds * 5)) ] || fail "$name" "is not ready after $wait_seconds s"
        waited=$((waited + 1))
        sleep 0.2
    done
    fail "$name" 'ended at once'
}

probe() { # probe SERVICE PAGE: whether something answers 200 on the service's port
    SPOTTER_SERVICE=$1 python deploy/scripts/probe.py "$2"
}

for name in nats gateway classifier pose ingest; do
    if alive "$name"; then
        echo "$name runs already (process $(cat "$run/$name.pid")): make down stops everything." >&2
        exit 1
    fi
    if [ "$name" != nats ] && probe "$name" healthz 2>/dev/null; then
        echo "Another program answers on the port of $name: stop it, or set a port (see make doctor)." >&2
        exit 1
    fi
done
mkdir -p "$run" "$log" var/nats

if [ -z "${SPOTTER_NATS_URL:-}" ]; then
    export SPOTTER_NATS_URL=nats://127.0.0.1:4222
    start nats python -m services.bus.nats_server var/nats
    # `Server is ready` is its own word for it, and tells it from another program on that port.
    ready nats grep -q 'Server is ready' "$log/nats.log"
fi
# Readers first, so that the first frame already finds them.
for service in gateway classifier pose ingest; do
    start "$service" spotter serve "$service"
done
for service in gateway classifier pose ingest; do
    ready "$service" probe "$service" readyz
done

host=${SPOTTER_GATEWAY_HOST:-localhost}
case $host in 127.0.0.1 | 0.0.0.0 | ::) host=localhost ;; esac
echo
echo "Spotter is running: http://$host:${SPOTTER_GATEWAY_PORT:-8000}   (make down stops it; logs are in $log)"
