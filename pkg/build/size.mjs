// `make size` for the package: what a download costs, beside others, and the budget that a
// test holds.
//
//   node pkg/build/size.mjs [--check]

import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { alone } from './wasm.mjs'
import { haveRivals } from '../../bench/rivals.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const module = (name) => readFileSync(path.join(root, 'build/npm', `${name}.wasm`))
const sizes = (bytes) => ({ raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length })

/** What several modules cost that are downloaded one by one. */
const together = (...names) => {
  const all = names.map((name) => sizes(module(name)))
  return Object.fromEntries(['raw', 'gzip', 'brotli'].map((kind) => [kind, all.reduce((sum, one) => sum + one[kind], 0)]))
}

/** What a page downloads for some lines of code, minified. */
async function bundled(contents, options = {}) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: path.join(root, 'bench') }, bundle: true, minify: true, format: 'esm', write: false, logLevel: 'error', ...options,
    alias: Object.fromEntries(['pkce', 'hmac', 'code', 'fast'].map((name) => [`countersign/${name}`, path.join(root, `pkg/dist/web/${name}.js`)]).concat([['countersign', path.join(root, 'pkg/dist/web/index.js')]])),
  })
  return outputFiles[0].contents
}

const rows = [
  ['wasm: hash (PKCE, HMAC)', sizes(module('hash')), 3.5],
  ['wasm: one-time codes', sizes(module('code')), 3.5],
  ['wasm: scalar (the verifier)', sizes(module('scalar')), 31.9],
  ['  of it ES256, RS256, claims alone', sizes(alone('scalar', ['memory', 'channel', 'room', 'import_jwks', 'policy', 'verify'])), 29.9],
  ['wasm: fused (the verifier)', sizes(module('fused')), 39.5],
  ['wasm: grants, status lists', sizes(module('grants'))],
  ['wasm: audit trails', sizes(module('trail'))],
  ['wasm: scalar, hash, codes and grants', together('scalar', 'hash', 'code', 'grants'), 60],
  ['page: PKCE', sizes(await bundled("export { createPair } from 'countersign/pkce'"))],
  ['page: HMAC', sizes(await bundled("export { signRequest } from 'countersign/hmac'"))],
  ['page: verifyJwt', sizes(await bundled("export { verifyJwt, importJwks } from 'countersign'"))],
  ['page: everything', sizes(await bundled("export * from 'countersign'; export * from 'countersign/code'; export * from 'countersign/pkce'; export * from 'countersign/hmac'; import 'countersign/fast'"))],
]
if (haveRivals()) {
  rows.push(['page: jose, jwtVerify and importJWK', sizes(await bundled("export { jwtVerify, importJWK } from 'jose'"))])
  rows.push(['page: jose, everything', sizes(await bundled("export * from 'jose'"))])
  rows.push(['node: jsonwebtoken', sizes(await bundled("export { default } from 'jsonwebtoken'", { platform: 'node' }))])
  rows.push(['node: fast-jwt', sizes(await bundled("export { default } from 'fast-jwt'", { platform: 'node' }))])
  // Their WebAssembly and what calls it, as one download.
  for (const [name, wasm] of [['@biscuit-auth/biscuit-wasm', 'module/biscuit_bg.wasm'], ['@janssenproject/cedarling_wasm', 'cedarling_wasm_bg.wasm']]) {
    const script = await bundled(`export * from '${name}'`, { external: ['*.wasm'] })
    rows.push([`page: ${name.split('/')[1]}`, sizes(Buffer.concat([script, readFileSync(path.join(root, 'bench/node_modules', name, wasm))]))])
  }
}

/** The compiler for which the budgets hold to the byte. What another makes of the same source
 *  may be a tenth more before it counts as grown. */
const measured = 'rustc 1.95.0 (59807616e 2026-04-14)'
const room = execFileSync('rustc', ['--version'], { encoding: 'utf8' }).trim() === measured ? 1 : 1.1

let over = false
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)
process.stdout.write(`${''.padEnd(36)}       raw       gzip     brotli\n`)
for (const [name, { raw, gzip, brotli }, budget] of rows) {
  const isOver = budget !== undefined && gzip > budget * 1000 * room
  over ||= isOver
  process.stdout.write(`${name.padEnd(36)}${kilobytes(raw)} ${kilobytes(gzip)} ${kilobytes(brotli)}${budget === undefined ? '' : `  of ${budget}`}${isOver ? '  OVER BUDGET' : ''}\n`)
}
if (over && process.argv.includes('--check')) process.exitCode = 1
