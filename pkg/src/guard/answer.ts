// A refusal as a response of the web.

import type { Refusal } from './decide.js'

export function answer({ status, headers, body }: Refusal): Response {
  return new Response(JSON.stringify(body), { status, headers })
}
