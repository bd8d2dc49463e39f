/**
 * Guards for APIs that take grant tokens: what all of them decide, and one for handlers of the
 * web's own `Request` and `Response`.
 *
 * @module
 */

import { answer } from './guard/answer.js'
import { type Granted, type GuardOptions, judge, settled } from './guard/decide.js'

export { decide, type Decision, type Granted, type GuardOptions, type Refusal } from './guard/decide.js'

/** A handler behind a guard: what its runtime passes beside the request comes last. */
export type GuardedHandler<R extends readonly unknown[]> = (request: Request, grant: Granted, ...rest: R) => Response | Promise<Response>

/** Protects a handler: without a good token that has the scopes it is not called.
 *
 *  ```ts
 *  export default { fetch: guardFetch((request, grant) => new Response(`for ${grant.principal}`), { verifier, scopes: ['calendar:read'] }) }
 *  ``` */
export function guardFetch<R extends readonly unknown[]>(handler: GuardedHandler<R>, options: GuardOptions): (request: Request, ...rest: R) => Promise<Response> {
  const settings = settled(options)
  return async (request, ...rest) => {
    const decision = await judge(request.headers.get('authorization'), settings)
    return decision.ok ? handler(request, decision.grant, ...rest) : answer(decision)
  }
}
