// The WebAssembly of the package: six artefacts of one source.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const out = path.join(root, 'build/npm')
const require = createRequire(import.meta.url)

/** Features of WebAssembly that every runtime of the last years has. SIMD, the youngest, has been in
 *  Chrome since 91, Firefox 89, Safari 16.4 and Node.js 16.4. */
const everywhere = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types', 'simd']

/**
 * - `hash`: SHA-256 alone.
 * - `scalar`: the verifier that rounds nothing, for every runtime.
 * - `code`: what one-time codes say; the verifier finds out who signed them.
 * - `grants`: what grants and status lists say, once the verifier has found them genuine.
 * - `trail`: audit trails.
 * - `fused`: the verifier on fused multiply-adds, where they are.
 *
 * SIMD is for who multiplies or hashes; the others would only grow by it.
 *
 * The verifier's hot functions are written so that `opt-level = "s"`, a fifth less to download,
 * costs them nothing: see src/signature/written_out.rs.
 */
export const artefacts = {
  hash: { feature: 'npm-hash', stack: 32 * 1024, passes: '-O2', rustflags: '-C target-feature=+simd128' },
  code: { feature: 'npm-code', stack: 64 * 1024, level: 'z' },
  grants: { feature: 'npm-grants', stack: 128 * 1024, level: 'z' },
  trail: { feature: 'npm-trail', stack: 128 * 1024, level: 'z', rustflags: '-C target-feature=+simd128' },
  // A lower bound than that of "s" for what is inlined: 0.2 kB less, and no slower.
  scalar: { feature: 'npm', stack: 256 * 1024, level: 's', rustflags: '-C target-feature=+simd128 -C llvm-args=--inline-threshold=20' },
  fused: { feature: 'npm', stack: 256 * 1024, level: 's', passes: '-O2', rustflags: '-C target-feature=+simd128,+relaxed-simd', features: ['relaxed-simd'] },
}

const binaryen = (tool, args) =>
  execFileSync(process.execPath, [path.join(path.dirname(require.resolve('binaryen/package.json')), 'bin', tool), ...args], { stdio: ['ignore', 'ignore', 'inherit'] })

/** A function that was kept out of line is not to be brought back into its one caller: V8 then
 *  spills registers (RS256 is an eighth faster, ES256 a twentieth, and both builds smaller).
 *  `-O2` and no more for multiply-adds: both -O3 and -Oz make those of RSA slower by a third. */
const wasmOpt = (args) => binaryen('wasm-opt', [...args, '--converge', '--one-caller-inline-max-function-size=0'])

/** What would be left of a module that had these exports and no others: its bytes. */
export function alone(name, exports) {
  const [graph, module] = ['json', 'wasm'].map((ending) => path.join(out, `alone.${ending}`))
  const kept = exports.map((name) => ({ name, export: name }))
  writeFileSync(graph, JSON.stringify([{ name: 'outside', root: true, reaches: exports }, ...kept]))
  binaryen('wasm-metadce', [path.join(out, `${name}.wasm`), '--graph-file', graph, '-o', module, '--all-features'])
  wasmOpt([module, '-o', module, '-Oz', '--all-features'])
  return readFileSync(module)
}

/** Builds one artefact and gives the path of its module. */
export function buildWasm(name) {
  const { feature, stack, rustflags = '', features = [], level, passes = '-Oz' } = artefacts[name]
  const target = path.join(root, 'target/npm', name)
  const run = (command, args, env = {}) =>
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
  run(
    'cargo',
    [
      'rustc', '--quiet', '--release', '--lib', '--no-default-features', '--features', feature,
      '--target', 'wasm32-unknown-unknown', '--crate-type', 'cdylib', '--target-dir', target,
      '--', '-C', `link-arg=-zstack-size=${stack}`,
    ],
    { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: rustflags, ...(level && { CARGO_PROFILE_RELEASE_OPT_LEVEL: level }) },
  )
  mkdirSync(out, { recursive: true })
  const module = path.join(out, `${name}.wasm`)
  wasmOpt([
    path.join(target, 'wasm32-unknown-unknown/release/countersign.wasm'), '-o', module, passes,
    ...[...everywhere, ...features].map((feature) => `--enable-${feature}`),
    '--strip-debug', '--strip-producers', '--strip-target-features',
  ])
  return module
}

/** A module's bytes as base64 text. */
export const base64 = (module) => readFileSync(module).toString('base64')
