/**
 * Protects routes of Hono, on Workers and elsewhere.
 *
 * @module
 */

import { answer } from './guard/answer.js'
import { type Granted, type GuardOptions, judge, settled } from './guard/decide.js'

export type { Granted, GuardOptions } from './guard/decide.js'

/** For `new Hono<{ Variables: GrantVariables }>()`: then `c.get('grant')` has its type. */
export interface GrantVariables {
  grant: Granted
}

/** As much of a context as a guard needs. */
export interface Context {
  readonly req: { header(name: string): string | undefined }
  set(name: 'grant', grant: Granted): void
}

/** Lets requests through that have a good token with the scopes; `c.get('grant')` is what it
 *  allows.
 *
 *  ```ts
 *  const app = new Hono<{ Variables: GrantVariables }>()
 *  app.get('/events', guard({ verifier, scopes: ['calendar:read'] }), (c) => c.json(eventsOf(c.get('grant').principal)))
 *  ``` */
export function guard(options: GuardOptions): (context: Context, next: () => Promise<void>) => Promise<Response | void> {
  const settings = settled(options)
  return async (context, next) => {
    const decision = await judge(context.req.header('authorization'), settings)
    if (!decision.ok) return answer(decision)
    context.set('grant', decision.grant)
    await next()
  }
}
