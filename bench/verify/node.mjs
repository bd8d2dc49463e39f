// In Node.js, Deno and Bun: prints microseconds per operation as JSON.

import * as countersign from '../../pkg/dist/node/index.mjs'
import * as pkce from '../../pkg/dist/node/pkce.mjs'
import crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import fastJwt from 'fast-jwt'
import { everywhere, onNode, withoutFused } from './contenders.mjs'
import { measure } from './measure.mjs'

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { scalar, ...options } = JSON.parse(process.argv[3] ?? '{}')
if (scalar) withoutFused()

/** A string as it comes from a socket: made of bytes, never hashed before. */
const fresh = (texts) => {
  const buffers = texts.map((text) => Buffer.from(text, 'latin1'))
  return (i) => buffers[i].latin1Slice()
}

const contenders = [
  ...(await everywhere({ given, countersign, pkce, jose, fresh })),
  ...onNode({ given, fresh, jsonwebtoken, fastJwt, crypto }),
]
const rows = await measure(contenders, options)
// Asked last: which build it is shows in use.
console.log(JSON.stringify({ build: countersign.build(), rows }))
