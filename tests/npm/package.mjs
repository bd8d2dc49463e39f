// The tarball as it would be published, installed where nothing else is.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const pkg = path.resolve(import.meta.dirname, '../../pkg')

/** Packs and installs the package; the caller removes the folder. */
export function install() {
  const folder = mkdtempSync(path.join(tmpdir(), 'countersign-'))
  const npm = (args, cwd) => execFileSync('npm', [...args, '--silent', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const tarball = npm(['pack', '--pack-destination', folder], pkg).trim().split('\n').at(-1)
  writeFileSync(path.join(folder, 'package.json'), '{"name":"user","private":true,"type":"module"}\n')
  npm(['install', '--offline', '--ignore-scripts', `./${tarball}`], folder)
  return { folder, tarball: path.join(folder, tarball), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
