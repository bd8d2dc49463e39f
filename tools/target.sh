#!/bin/sh
# Makes a Rust target available to this checkout: already there, else rustup, else Debian.
#   tools/target.sh wasm32-unknown-unknown | thumbv7em-none-eabi
#
# On Debian the standard library of the target is built once, from Debian's sources, into the
# sysroot of Debian's compiler, which then becomes this checkout's.
set -eu
target=$1
cd "$(dirname "$0")/.."

# What would build with a plain `cargo` here: the library and, for wasm, the linker.
works() {
  out=$(mktemp)
  case $target in
    wasm32-*)
      printf '#[unsafe(no_mangle)] pub extern "C" fn f() -> usize { String::from("x").len() }' |
        rustc --edition 2024 --target "$target" --crate-type cdylib -o "$out" - >/dev/null 2>&1 ;;
    *)
      printf '#![no_std] extern crate alloc; pub fn f() -> alloc::string::String { "x".into() }' |
        rustc --edition 2024 --target "$target" --crate-type rlib -o "$out" - >/dev/null 2>&1 ;;
  esac
  status=$?
  rm -f "$out"
  return $status
}

if works; then exit 0; fi

if command -v rustup >/dev/null 2>&1; then
  echo "setup: adding the Rust target $target"
  RUSTUP_MAX_RETRIES=1 timeout 300 rustup target add "$target" >/dev/null 2>&1 || true
  if works; then exit 0; fi
  echo "setup: rustup cannot bring $target; trying Debian's sources" >&2
fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: $target needs rustup and a network, or root on Debian" >&2
  exit 1
fi

install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
if ! [ -x /usr/bin/cargo-fmt ] || ! [ -d /usr/lib/rustlib/src/rust/library ] || ! [ -x /usr/bin/rust-lld ]; then
  echo "setup: installing Debian's Rust with its sources"
  apt-get update -qq
  install rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web rust-web-llvm gcc libc6-dev
  # rust-web-llvm only points to the linker, and has the name of its package (lld-22).
  [ -x /usr/bin/rust-lld ] || install "$(basename "$(readlink /usr/bin/rust-lld)")"
fi

case $target in
  wasm32-*) parts=std,panic_abort,proc_macro,test; head='' ;;
  *) parts=core,alloc,compiler_builtins; head='#![no_std]' ;;
esac
library=/usr/lib/rustlib/$target/lib
version=$(/usr/bin/rustc -V)
if [ "$(cat "$library/.built-by" 2>/dev/null || true)" != "$version" ]; then
  echo "setup: building the standard library for $target"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/src"
  echo "$head" >"$work/src/lib.rs"
  printf '[package]\nname = "x"\nversion = "0.0.0"\nedition = "2021"\n[profile.release]\nopt-level = 3\n[workspace]\n' >"$work/Cargo.toml"
  # Bitcode lets the project's link-time optimisation see into it. RUSTC_BOOTSTRAP is for this
  # one build: the project itself asks for nothing unstable.
  (cd "$work" && env -u RUSTUP_TOOLCHAIN -u CARGO_TARGET_DIR -u CARGO_BUILD_TARGET \
    RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes CARGO_INCREMENTAL=0 \
    PATH=/usr/bin:/bin /usr/bin/cargo build --release --quiet --target "$target" -Zbuild-std=$parts)
  mkdir -p "$library"
  rm -f "$library"/*.rlib
  cp "$work/target/$target/release/deps"/lib*.rlib "$library"/
  rm -f "$library"/libx-*.rlib
  echo "$version" >"$library/.built-by"
fi
if command -v rustup >/dev/null 2>&1; then
  rustup toolchain link debian /usr
  rustup override set debian --path "$PWD"
fi
works
