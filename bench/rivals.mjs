// Brings what the package is measured against, pinned in bench/package-lock.json.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Installs the packages where they are not, and tells whether they are there. */
export function haveRivals() {
  const lock = readFileSync(path.join(import.meta.dirname, 'package-lock.json'), 'utf8')
  const stamp = path.join(import.meta.dirname, 'node_modules/.installed-from')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return true
  const { status } = spawnSync('npm', ['install', '--no-save', '--silent'], { cwd: import.meta.dirname, stdio: 'ignore' })
  if (status === 0) writeFileSync(stamp, lock)
  return status === 0
}
