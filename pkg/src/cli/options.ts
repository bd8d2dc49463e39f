// The options of `verify`, by what they say something about.

export const forTokens = ['issuer', 'audience', 'typ', 'scope', 'claim', 'any-issuer', 'any-audience', 'untyped'] as const
export const forCodes = ['target', 'redeem', 'api-key', 'api-secret'] as const
