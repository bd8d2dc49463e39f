// How the command line speaks: people read text, programs read one JSON object, and both
// read the exit code.

/** - 1: refused, by the authority or by a check.
 *  - 2: the command line is wrong.
 *  - 3: nothing is known, as somebody did not answer; try again.
 *  - 4: nobody is signed in. */
export const Exit = { ok: 0, refused: 1, usage: 2, unavailable: 3, signedOut: 4 } as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

/** Ends a command with a message. */
export class Stop extends Error {
  readonly exit: ExitCode
  /** What a program gets beside the message. */
  readonly data: object

  constructor(exit: ExitCode, message: string, data: object = {}) {
    super(message)
    this.exit = exit
    this.data = data
  }
}

/** What a command has to say. */
export interface Said {
  /** For programs. */
  readonly data: object
  /** For people. */
  readonly text: string
}

export function print({ data, text }: Said, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify({ ok: true, ...data })}\n` : `${text}\n`)
}

export function printStop({ message, data }: Stop, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: message, ...data })}\n`)
  else process.stderr.write(`countersign: ${message}\n`)
}

/** For people who wait, and never in the way of a program that reads standard output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Columns that line up. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const shown = rows.filter(([, value]) => value !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

/** `URL.parse`, which Node.js 20 does not have. */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}
