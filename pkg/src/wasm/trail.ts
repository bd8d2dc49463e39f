// What verifies audit trails: exports of src/npm/trail.rs.

import trail from '#wasm/trail'
import type { Exports } from './memory.js'
import { Module } from './module.js'

export interface TrailExports extends Exports {
  audit(start: number): number
}

export const trails = new Module<TrailExports>(trail)
