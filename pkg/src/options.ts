// What callers ask for. An option that is misspelt would be a check that is not made, and one of
// another type another check: both throw before anything is judged.

/** What is thrown where options are not options. */
export interface OptionError extends TypeError {
  /** - `option_unknown`: there is none of this name.
   *  - `option_invalid`: it is not what it must be. */
  readonly code: 'option_unknown' | 'option_invalid'
  /** Which one, such as `allow.untyped`. */
  readonly option: string
}

function mistake(code: OptionError['code'], option: string, message: string): OptionError {
  return Object.assign(new TypeError(message), { code, option })
}

/** The error of an option that is not what it must be. */
export function invalid(option: string, must: string): OptionError {
  return mistake('option_invalid', option, `\`${option}\` must be ${must}`)
}

/** @throws {@link OptionError} where there is anything in `options` that is not among `known`.
 *  `within` is the option that they are the value of. */
export function only(options: object, known: ReadonlySet<string>, within?: string): void {
  if (typeof options !== 'object' || options === null) throw invalid(within ?? 'options', 'an object')
  for (const name in options) {
    if (known.has(name)) continue
    const option = within === undefined ? name : `${within}.${name}`
    throw mistake('option_unknown', option, `unknown option \`${option}\``)
  }
}

/** A copy, which neither changes: what the caller does to the options afterwards changes no check. */
export function frozen<T>(options: T): T {
  if (typeof options !== 'object' || options === null) return options
  const copy: unknown = Array.isArray(options) ? options.map(frozen) : Object.fromEntries(Object.entries(options).map(([name, value]) => [name, frozen(value)]))
  return Object.freeze(copy) as T
}

/** @throws {@link OptionError} where one of these is no span of time. */
export function spans(given: Readonly<Record<string, unknown>>): void {
  for (const [name, span] of Object.entries(given)) {
    if (typeof span !== 'number' || !(span >= 0)) throw invalid(name, 'a number of seconds, 0 or more')
  }
}

/** @throws {@link OptionError} where one of these is there and cannot be called. */
export function callable(given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && typeof value !== 'function') throw invalid(name, 'a function')
  }
}

/** What {@link isPrivate} asks for. */
export const PRIVATE = 'an address by https, or on this machine, without a password in it'

/** Whether what is sent to an address, and what comes back, is out of reach for others. No `fetch`
 *  takes one with a password in it, and what says so would show it. */
export function isPrivate(address: unknown): address is string {
  if (typeof address !== 'string') return false
  let url
  try {
    url = new URL(address)
  } catch {
    return false
  }
  const { protocol, hostname, username, password } = url
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
}
