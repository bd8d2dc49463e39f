// What reads grants and status lists: exports of src/npm/grants.rs.

import grants from '#wasm/grants'
import type { Exports } from './memory.js'
import { type Instance, Module } from './module.js'

export interface GrantExports extends Exports {
  grant(): number
  link(position: number): number
  status_list(): number
  revocation(list: number, index: number, fetchedAt: number, now: number): number
  free_list(list: number): void
}

export type GrantInstance = Instance<GrantExports>

export const reader = new Module<GrantExports>(grants)
