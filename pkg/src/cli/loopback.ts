// Signing in with a browser: the page sends the session to a port on this machine.

import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Exit, note, parseUrl, Stop } from './output.js'

const PATIENCE = 5 * 60_000

function page(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    connection: 'close',
  })
  response.end(
    `<!doctype html><meta charset="utf-8"><title>Countersign</title><style>body{font:1.1rem system-ui;display:grid;place-content:center;min-height:90vh;color-scheme:light dark}</style><p>${text}</p>`,
  )
}

/** Whether a browser can be expected to show up: not over ssh, not without a display. */
export function hasBrowser(env = process.env): boolean {
  if (env['BROWSER'] !== undefined) return env['BROWSER'] !== ''
  if (env['SSH_CONNECTION'] !== undefined) return false
  if (process.platform !== 'linux') return true
  return env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined
}

function open(url: string): void {
  const [command, ...args] =
    process.env['BROWSER'] !== undefined && process.env['BROWSER'] !== '' ? [process.env['BROWSER'], url]
    : process.platform === 'darwin' ? ['open', url]
    : process.platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', url]
    : ['xdg-open', url]
  const child = spawn(command!, args, { stdio: 'ignore', detached: true })
  // The address is on the screen as well.
  child.on('error', () => {})
  child.unref()
}

/** The session token that the browser brings. */
export async function browserLogin(base: string, openBrowser: boolean): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${base}/auth?redirect=http://${authority}`
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Stop(Exit.unavailable, 'nobody signed in within five minutes')), PATIENCE)
      server.on('request', (request, response) => {
        // Browsers ask for icons and the like first, and pages of others may ask for anything
        // by a name of their own that leads here, or from within: none of it ends the wait.
        const asked = parseUrl(request.url ?? '/', `http://${authority}`)
        const token = asked?.searchParams.get('session_token')
        const isPage = (request.headers['sec-fetch-dest'] ?? 'document') === 'document'
        if (request.method !== 'GET' || request.headers.host !== authority || !isPage || !token) {
          page(response, 404, 'This address waits for a sign-in to finish.')
          return
        }
        page(response, 200, 'You are signed in. You may close this window and go back to the terminal.')
        clearTimeout(timer)
        response.on('close', () => resolve(token))
      })
      note(`Sign in at ${url}`)
      if (openBrowser) open(url)
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
