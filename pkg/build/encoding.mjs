export { TextDecoder, TextEncoder } from 'node:util'
