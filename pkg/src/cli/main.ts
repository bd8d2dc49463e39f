#!/usr/bin/env node
// `countersign`: the command line.

import { parseArgs } from 'node:util'
import * as commands from './commands.js'
import { forCodes, forTokens } from './options.js'
import { Exit, parseUrl, print, printStop, Stop } from './output.js'

const USAGE = `countersign - one-time codes and tokens for AI agents

  login              sign in with a browser, or with a code where there is none
      --device         without a browser: let this machine in as an agent
      --browser        with a browser, even where none seems to be
      --no-open        print the address and open nothing
      --name NAME      how the agent is called (with --device)
  whoami             who is signed in
  status             whether somebody is signed in
  code PLATFORM      a one-time code for a platform
  verify TOKEN       verify a token
      --issuer URL --audience NAME [--jwks FILE|URL] [--typ TYP]
      --scope NAME --claim NAME [--clock-tolerance SECONDS]
      --any-issuer --any-audience --untyped
  verify CODE        check a one-time code offline
      --target NAME [--jwks FILE|URL]
      --redeem         spend it (--api-key, --api-secret, or COUNTERSIGN_API_KEY, COUNTERSIGN_API_SECRET)
  decode TOKEN       show what a token says, without verifying anything
  keygen             make a key pair
      --alg ES256|RS256 --kid NAME --out FILE
  logout             forget the session on this machine

  TOKEN and CODE may be - (standard input) or @FILE.
  --json             one JSON object on standard output
  --base URL         the authority (COUNTERSIGN_BASE_URL; http://localhost:8787)
  --version, --help

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no answer, 4 nobody is signed in.`

const options = {
  ...Object.fromEntries(
    ['base', 'name', 'target', 'issuer', 'jwks', 'typ', 'clock-tolerance', 'api-key', 'api-secret', 'alg', 'kid', 'out'].map((name) => [name, { type: 'string' } as const]),
  ),
  ...Object.fromEntries(['audience', 'scope', 'claim'].map((name) => [name, { type: 'string', multiple: true } as const])),
  ...Object.fromEntries(
    ['json', 'help', 'version', 'device', 'browser', 'no-open', 'any-issuer', 'any-audience', 'untyped', 'redeem'].map((name) => [name, { type: 'boolean' } as const]),
  ),
}

/** How many words each command takes, and which options beside those of all. One that is passed
 *  over is perhaps a check that somebody relies on. */
const takes: Readonly<Record<keyof typeof commands, readonly [words: number, ...options: string[]]>> = {
  login: [0, 'device', 'browser', 'no-open', 'name'],
  whoami: [0],
  status: [0],
  code: [1, 'target'],
  verify: [1, 'jwks', 'clock-tolerance', ...forTokens, ...forCodes],
  decode: [1],
  keygen: [0, 'alg', 'kid', 'out'],
  logout: [0],
}
const ofAll = ['base', 'json']

declare const VERSION: string

function base(text: string): string {
  const url = parseUrl(text)
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new Stop(Exit.usage, `${text} is not the address of an authority`)
  }
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol === 'http:' && !loopback) throw new Stop(Exit.usage, `${text} would send your session unencrypted: use https`)
  return url.href.replace(/\/+$/, '')
}

async function run(args: string[]): Promise<void> {
  let parsed
  try {
    parsed = parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new Stop(Exit.usage, (error as Error).message)
  }
  const values = parsed.values as Record<string, string | boolean | string[] | undefined>
  const [name, ...words] = parsed.positionals
  if (values['version'] === true) return print({ data: { version: VERSION }, text: VERSION }, values['json'] === true)
  if (values['help'] === true || name === 'help') return print({ data: { usage: USAGE }, text: USAGE }, values['json'] === true)
  if (name === undefined) throw new Stop(Exit.usage, `no command\n\n${USAGE}`)
  if (!Object.hasOwn(takes, name)) throw new Stop(Exit.usage, `unknown command \`${name}\`: see countersign --help`)
  const command = name as keyof typeof takes
  const [most, ...known] = takes[command]
  if (words.length > most) throw new Stop(Exit.usage, `\`${words[most]}\` is one word too many`)
  const foreign = Object.keys(values).find((option) => !known.includes(option) && !ofAll.includes(option))
  if (foreign !== undefined) throw new Stop(Exit.usage, `\`${command}\` has no option --${foreign}`)
  const given = {
    base: base((values['base'] as string | undefined) ?? process.env['COUNTERSIGN_BASE_URL'] ?? 'http://localhost:8787'),
    words,
    text: (option: string) => values[option] as string | undefined,
    texts: (option: string) => (values[option] as string[] | undefined) ?? [],
    flag: (option: string) => values[option] === true,
    options: Object.keys(values),
  }
  print(await commands[command](given), values['json'] === true)
}

/** What the package throws at options is for whoever wrote them; of anything else nothing is known. */
function unexpected({ option, message, stack }: Error & { option?: string }): Stop {
  return option === undefined ? new Stop(Exit.unavailable, `this should not have happened: ${stack}`) : new Stop(Exit.usage, message)
}

const args = process.argv.slice(2)
try {
  await run(args)
} catch (error) {
  const stop = error instanceof Stop ? error : unexpected(error as Error & { option?: string })
  printStop(stop, args.includes('--json'))
  process.exitCode = stop.exit
}
