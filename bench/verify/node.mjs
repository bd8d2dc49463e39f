// In Node.js, Deno and Bun: prints microseconds per operation as JSON.

import * as countersign from '../../pkg/dist/node/index.mjs'
import * as pkce from '../../pkg/dist/node/pkce.mjs'
import crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import fastJwt from 'fast-jwt'
import { everywhere, onNode } from './contenders.mjs'
import { measure } from './measure.mjs'

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))

/** A string as it comes from a socket: made of bytes, never hashed before. */
const fresh = (texts) => {
  const buffers = texts.map((text) => Buffer.from(text, 'latin1'))
  return (i) => buffers[i].latin1Slice()
}

const contenders = [
  ...(await everywhere({ given, countersign, pkce, jose, fresh })),
  ...onNode({ given, fresh, jsonwebtoken, fastJwt, crypto }),
]
console.log(JSON.stringify({ build: countersign.build(), rows: await measure(contenders, JSON.parse(process.argv[3] ?? '{}')) }))
