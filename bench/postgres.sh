#!/usr/bin/env bash
# postgres.sh MODE CLIENTS PAYMENTS   (MODE: 2pc, 2pcenv, 2pcseq, single)
# Two throw-away PostgreSQL servers on loopback; one payment is a debit on one and a credit on the other, by PREPARE
# TRANSACTION. Works in a folder of its own, and stops what it started. Ends with 69 where PostgreSQL is not installed.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
program=${YARD_PROGRAM:-$here/../.build/bench/pg2pc}
[ -x "$bin/initdb" ] && [ -x "$program" ] || exit 69

# A server does not run as root; the user it runs as must come to its folder.
work=$(mktemp -d "${YARD_DIR:-$here/../.build/bench}/pg.XXXXXX") as=()
if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    chown postgres "$work"
    if ! "${as[@]}" test -w "$work"; then
        rm -rf "$work"
        work=$(mktemp -d)
        chown postgres "$work"
    fi
fi
pids=()
trap 'kill -INT "${pids[@]}" 2>/dev/null || true; wait "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
for server in a:55431 b:55432; do
    data=$work/${server%%:*} port=${server##*:}
    "${as[@]}" "$bin/initdb" -D "$data" -A trust -U postgres >/dev/null
    printf '%s\n' "port=$port" "listen_addresses='127.0.0.1'" "unix_socket_directories=''" \
        max_prepared_transactions=200 max_connections=120 log_min_messages=error >>"$data/postgresql.conf"
    "${as[@]}" "$bin/postgres" -D "$data" >"$work/$port.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break; sleep 0.1; done
    kill -0 $! 2>/dev/null || { cat "$work/$port.log" >&2; exit 1; }
    "$bin/psql" -q -h 127.0.0.1 -p "$port" -U postgres postgres \
        -c "create table account(id int primary key, bal bigint not null);
            insert into account select g, 1000000000 from generate_series(1, 1000) g;
            create table tx(tid text primary key, acct int, amount bigint, body bytea)" -c "vacuum analyze"
done
"$program" "$@"
