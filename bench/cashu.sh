#!/usr/bin/env bash
# cashu.sh seq|CLIENTS PAYMENTS   ecash: Cashu nutshell, its mint with a wallet that makes money up, on loopback. Wallet A
# sends, wallet B receives. Works in a folder of its own, and stops what it started. Ends with 69 where it is not installed:
# `scripts/yardsticks cashu` puts it into .build/bench/cashu-venv.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
venv=${YARD_VENV:-$here/../.build/bench/cashu-venv}
[ -x "$venv/bin/mint" ] || exit 69
work=$(mktemp -d "${YARD_DIR:-$here/../.build/bench}/cashu.XXXXXX")
work=$(cd "$work" && pwd)
mkdir -p "$work/data" "$work/home"
export YARD_CASHU=$work HOME=$work/home CASHU_DIR=$work/home MINT_DATABASE=$work/data/mint \
    MINT_AUTH_DATABASE=$work/data/auth MINT_PRIVATE_KEY=benchkey MINT_BACKEND_BOLT11_SAT=FakeWallet \
    MINT_LISTEN_HOST=127.0.0.1 MINT_LISTEN_PORT=33380 MINT_RATE_LIMIT=FALSE \
    FAKEWALLET_DELAY_INCOMING_PAYMENT=0 FAKEWALLET_BRR=TRUE MINT_INPUT_FEE_PPK=0 TOR=FALSE \
    LOG_LEVEL=ERROR DEBUG=FALSE MINT_QUOTE_BACKEND_CHECK_RATE_LIMIT=0
venv=$(cd "$venv" && pwd)
(cd "$work" && exec "$venv/bin/mint") >"$work/mint.log" 2>&1 &
pid=$!
# Asked to end, the mint may wait for its wallets for ever; nothing that it keeps is wanted. What it ends with is not
# what this ends with.
trap 'kill -KILL $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 150); do (exec 3<>/dev/tcp/127.0.0.1/33380) 2>/dev/null && break; sleep 0.2; done
kill -0 $pid 2>/dev/null || { tail -5 "$work/mint.log" >&2; exit 1; }
sleep 1
timeout 300 "$venv/bin/python" "$here/cashu_bench.py" "$1" "$2" 2>"$work/wallet.log" | tail -n 1 ||
    { tail -5 "$work/wallet.log" >&2; exit 1; }
