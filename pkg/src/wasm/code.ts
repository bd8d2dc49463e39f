// What reads one-time codes: the export of src/npm/code.rs.

import code from '#wasm/code'
import type { Exports } from './memory.js'
import { Module } from './module.js'

export interface CodeExports extends Exports {
  read_code(now: number, tolerance: number): number
}

export const codes = new Module<CodeExports>(code)
