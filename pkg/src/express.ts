/**
 * Protects routes of Express, and of whatever else has handlers `(request, response, next)`:
 * Connect, Node's own `http`.
 *
 * @module
 */

import { type Granted, type GuardOptions, judge, settled } from './guard/decide.js'

export type { Granted, GuardOptions } from './guard/decide.js'

declare global {
  namespace Express {
    interface Request {
      /** What the token that came with the request allows; set by `countersign/express`. */
      grant?: Granted
    }
  }
}

/** As much of a request as a guard needs. */
export interface Incoming {
  readonly headers: { readonly authorization?: string | undefined }
  readonly headersDistinct?: { readonly [name: string]: readonly string[] | undefined }
  grant?: Granted
}

/** As much of a response as a guard needs. */
export interface Outgoing {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** A request that a guard has let through. */
export type Guarded<R extends Incoming> = R & { grant: Granted }

/** Lets requests through that have a good token with the scopes, and sets `request.grant`.
 *
 *  ```ts
 *  app.get('/events', guard({ verifier, scopes: ['calendar:read'] }), (request, response) => {
 *    response.json(eventsOf(request.grant!.principal))
 *  })
 *  ``` */
export function guard(options: GuardOptions): (request: Incoming, response: Outgoing, next: (error?: unknown) => void) => void {
  const settings = settled(options)
  return (request, response, next) => {
    // Node.js keeps the first of several; which one was meant nobody can tell.
    const all = request.headersDistinct?.['authorization']
    const authorization = all !== undefined && all.length > 1 ? all.join(', ') : request.headers.authorization
    // What the next handler throws is not for this one to catch: it would be called twice.
    void judge(authorization, settings).then((decision) => {
      if (decision.ok) {
        request.grant = decision.grant
        next()
        return
      }
      response.statusCode = decision.status
      for (const [name, value] of Object.entries(decision.headers)) response.setHeader(name, value)
      response.end(JSON.stringify(decision.body))
    }, next)
  }
}
