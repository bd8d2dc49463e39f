// In a page: posts microseconds per operation.

import 'countersign/fast'
import * as countersign from 'countersign'
import * as pkce from 'countersign/pkce'
import * as jose from 'jose'
import { everywhere } from './contenders.mjs'
import { measure } from './measure.mjs'

/** A string as it comes from the network: made of bytes, never hashed before. */
const decoder = new TextDecoder('latin1')
const fresh = (texts) => {
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  return (i) => decoder.decode(bytes[i])
}

const { given, options } = await (await fetch('/given.json')).json()
const rows = await measure(await everywhere({ given, countersign, pkce, jose, fresh }), options)
await fetch('/', { method: 'POST', body: JSON.stringify({ build: countersign.build(), rows }) })
