// In workerd, where code does not see time pass: runs as often as it is told, and whoever
// asks takes the time.

import * as countersign from 'countersign'
import * as pkce from 'countersign/pkce'
import * as jose from 'jose'
import { everywhere, withoutFused } from './contenders.mjs'

const decoder = new TextDecoder('latin1')
const fresh = (texts) => {
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  return (i) => decoder.decode(bytes[i])
}

let contenders
let next = 0

export default {
  async fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/given') {
      if (url.searchParams.has('scalar')) withoutFused()
      contenders = await everywhere({ given: await request.json(), countersign, pkce, jose, fresh })
      return Response.json({ contenders: contenders.map(({ name, group }) => ({ name, group })) })
    }
    // Told last: which build it is shows in use.
    if (url.pathname === '/build') return new Response(countersign.build())
    const { run, sync } = contenders[Number(url.searchParams.get('contender'))]
    const count = Number(url.searchParams.get('count'))
    if (sync) for (let i = 0; i < count; i++) run(next++)
    else for (let i = 0; i < count; i++) await run(next++)
    return new Response('done')
  },
}
