// The level `npm` of the tests: builds the package, packs it, installs the tarball where
// nothing else is, and runs everything against that.
//
//   node tests/npm/run.mjs [--keep-wasm] [--behaviour]

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { install } from './package.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const run = (file, env = {}) => execFileSync(process.execPath, [path.join(root, file)], { stdio: 'inherit', cwd: root, env: { ...process.env, ...env } })

run('pkg/build.mjs', process.argv.includes('--keep-wasm') ? { COUNTERSIGN_WASM: 'keep' } : {})
if (!existsSync(path.join(import.meta.dirname, 'node_modules')) && process.env.COUNTERSIGN_RUNTIMES !== 'none') {
  // Without them Node.js as it is here, workerd and Chromium are still tried.
  spawnSync('npm', ['install', '--no-save', '--silent'], { cwd: import.meta.dirname, stdio: 'ignore' })
}

const { folder, remove } = install()
let failed = false
try {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs')).map((file) => path.join(import.meta.dirname, file))
  const tests = spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    env: { ...process.env, COUNTERSIGN_INSTALLED: folder, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  failed = tests.status !== 0
  const count = (what) => Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(tests.stdout)?.[1] ?? 0)
  if (failed || count('tests') === 0) process.stderr.write(tests.stdout + tests.stderr)
  process.stdout.write(`npm/behaviour: ${count('pass')} passed, ${count('fail')} failed\n`)
  if (count('tests') === 0) failed = true
} finally {
  remove()
}
const everywhere = process.argv.includes('--behaviour') ? undefined : spawnSync(process.execPath, [path.join(import.meta.dirname, 'compatibility.mjs')], { stdio: 'inherit' })
if (failed || (everywhere?.status ?? 0) !== 0) process.exitCode = 1
