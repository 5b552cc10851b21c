#!/usr/bin/env bash
# Longer tests than CI has time for: random histories, the same under AddressSanitizer, and a fuzzer.
# SECONDS_OF_FUZZING (600) and SEEDS (2000) say how long.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${SEEDS:-2000}
fuzzing=${SECONDS_OF_FUZZING:-600}
host=$(rustc -vV | sed -n 's/^host: //p')

echo "== $seeds random histories against a BTreeMap"
MILLPOND_SEEDS=$seeds cargo test --release --locked -p millpond --test model

echo "== $((seeds / 10)) of them, and the other tests, under AddressSanitizer"
# The sanitizer is not stable yet: the stable compiler is told to allow it.
MILLPOND_SEEDS=$((seeds / 10)) RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
  cargo test --release --locked -p millpond --tests --target "$host" --target-dir target/asan

echo "== $fuzzing s of fuzzing sequences of operations"
runtime() { find /usr/lib/llvm-*/lib -name 'libclang_rt.fuzzer-x86_64.a' 2>/dev/null | head -n 1; }
if [ -z "$(runtime)" ]; then
  apt-get update -qq
  apt-get install -y -qq libclang-rt-14-dev
fi
sancov='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters'
sancov+=' -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1'
export CUSTOM_LIBFUZZER_PATH=$(runtime)
export CUSTOM_LIBFUZZER_STD_CXX=stdc++
RUSTFLAGS="--cfg fuzzing $sancov" cargo build --release --locked --manifest-path crates/millpond/fuzz/Cargo.toml \
  --target "$host" --target-dir target/fuzz
mkdir -p target/fuzz/corpus
"target/fuzz/$host/release/operations" -max_total_time="$fuzzing" -max_len=4096 -timeout=30 -print_final_stats=1 target/fuzz/corpus
