// Credentials on disk: one file, readable by its owner alone, one entry per authority.

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { Exit, Stop } from './output.js'

/** A person's session, or what an agent got in the device flow. */
export type Credentials =
  | { readonly kind: 'session'; readonly sessionToken: string }
  | { readonly kind: 'agent'; readonly apiKey: string; readonly agentId: string; readonly agentSecret: string }

/** `$XDG_CONFIG_HOME/countersign` where that is set, else `~/.countersign`. */
export function folder(): string {
  const config = process.env['XDG_CONFIG_HOME']
  // XDG Base Directory: relative paths are invalid and ignored.
  return config !== undefined && path.isAbsolute(config) ? path.join(config, 'countersign') : path.join(homedir(), '.countersign')
}

const file = () => path.join(folder(), 'credentials.json')

function readAll(): Record<string, Credentials> {
  let text
  try {
    // A file that others can read, by a copy or a backup perhaps, is closed to them again.
    if (process.platform !== 'win32' && (statSync(file()).mode & 0o077) !== 0) chmodSync(file(), 0o600)
    text = readFileSync(file(), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Stop(Exit.usage, `${file()} cannot be read: ${(error as Error).message}`)
  }
  try {
    const all: unknown = JSON.parse(text)
    if (typeof all === 'object' && all !== null) return all as Record<string, Credentials>
  } catch {}
  throw new Stop(Exit.usage, `${file()} is damaged: delete it and sign in again`)
}

/** All or nothing: a program that dies while writing leaves the file as it was. */
function writeAll(all: Record<string, Credentials>): void {
  mkdirSync(folder(), { recursive: true, mode: 0o700 })
  const draft = `${file()}.${process.pid}`
  rmSync(draft, { force: true })
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeSync(descriptor, `${JSON.stringify(all, undefined, 2)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, file())
}

export function load(base: string): Credentials | undefined {
  const all = readAll()
  return Object.hasOwn(all, base) ? all[base] : undefined
}

export function save(base: string, credentials: Credentials): void {
  writeAll({ ...readAll(), [base]: credentials })
}

/** Whether there was anything to forget. */
export function forget(base: string): boolean {
  const { [base]: found, ...rest } = readAll()
  if (found === undefined) return false
  writeAll(rest)
  return true
}
