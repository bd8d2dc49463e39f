// The level `npm` of the tests: builds the package, packs it, installs the tarball where
// nothing else is, and runs everything against that.
//
//   node tests/npm/run.mjs [--keep-wasm] [--behaviour]

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { install } from './package.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const run = (file, env = {}) => execFileSync(process.execPath, [path.join(root, file)], { stdio: 'inherit', cwd: root, env: { ...process.env, ...env } })

run('pkg/build.mjs', process.argv.includes('--keep-wasm') ? { COUNTERSIGN_WASM: 'keep' } : {})
const lock = readFileSync(path.join(import.meta.dirname, 'package-lock.json'), 'utf8')
const stamp = path.join(import.meta.dirname, 'node_modules/.installed-from')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  // Where a runtime cannot be had the others are still tried; what the tests import must be.
  spawnSync('npm', ['install', '--no-save', '--silent'], { cwd: import.meta.dirname, stdio: 'ignore' })
  if (existsSync(path.dirname(stamp))) writeFileSync(stamp, lock)
}

const { folder, remove } = install()
let [passed, failed] = [0, 0]
try {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs')).map((file) => path.join(import.meta.dirname, file))
  const tests = spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    env: { ...process.env, COUNTERSIGN_INSTALLED: folder, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  const count = (what) => Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(tests.stdout)?.[1] ?? 0)
  passed = count('pass')
  failed = count('fail') || (tests.status === 0 && passed > 0 ? 0 : 1)
  if (failed > 0) process.stdout.write(tests.stdout + tests.stderr)
  process.stdout.write(`behaviour: ${passed} right, ${failed} wrong\n`)
} finally {
  remove()
}
if (!process.argv.includes('--behaviour')) {
  const everywhere = spawnSync(process.execPath, [path.join(import.meta.dirname, 'compatibility.mjs')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  process.stdout.write(everywhere.stdout)
  for (const [, right, wrong] of everywhere.stdout.matchAll(/: (\d+) verdicts, (\d+) wrong/g)) {
    passed += Number(right) - Number(wrong)
    failed += Number(wrong)
  }
  if (everywhere.status !== 0) failed ||= 1
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
if (failed > 0) process.exitCode = 1
