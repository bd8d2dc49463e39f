// The examples that stand in the documents.

import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** The blocks of a language in a document, in their order; ellipses stand for what is yours. */
export const blocks = (document, language) =>
  [...readFileSync(path.join(root, document), 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))]
    .map(([, code]) => code)
    .filter((code) => !code.includes('{ … }'))

/** What a block says that it prints. */
export const printed = (code) => [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, line]) => line)
