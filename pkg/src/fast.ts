/**
 * `import 'countersign/fast'` brings the build of fused multiply-adds to browsers, where it
 * is left out for the sake of the download. It is used where its trial passes, and makes no
 * difference elsewhere. Node.js, Deno, Bun and workerd come to it by themselves after some
 * calls; there this has it at once.
 *
 * @module
 */

import fused from '#wasm/fused'
import { offer } from './wasm/engine.js'

offer({ name: 'fused', module: fused })
