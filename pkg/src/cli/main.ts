#!/usr/bin/env node
// `countersign`: the command line.

import { parseArgs } from 'node:util'
import * as commands from './commands.js'
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
  if (!Object.hasOwn(commands, name)) throw new Stop(Exit.usage, `unknown command \`${name}\`: see countersign --help`)
  if (words.length > 1) throw new Stop(Exit.usage, `\`${words[1]}\` is one word too many`)
  const given = {
    base: base((values['base'] as string | undefined) ?? process.env['COUNTERSIGN_BASE_URL'] ?? 'http://localhost:8787'),
    words,
    text: (option: string) => values[option] as string | undefined,
    texts: (option: string) => (values[option] as string[] | undefined) ?? [],
    flag: (option: string) => values[option] === true,
  }
  print(await commands[name as keyof typeof commands](given), values['json'] === true)
}

const args = process.argv.slice(2)
try {
  await run(args)
} catch (error) {
  if (!(error instanceof Stop)) throw error
  printStop(error, args.includes('--json'))
  process.exitCode = error.exit
}
