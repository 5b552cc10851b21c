// Writes docs/errors.md from the table in src/error.ts.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './platform.mjs'

const { codes } = await import(pathToFileURL(join(root, 'dist', 'error.js')).href)
const rows = Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
const page = `# Errors

Made from the table in \`src/error.ts\` by \`npm run docs:errors\`; do not edit.

\`ERR_MILLPOND_INVALID_ARG\` comes as a \`TypeError\` or a \`RangeError\` with that \`code\`. Every other code comes as a
\`MillpondError\` with \`code\`, \`retryable\`, and \`store\`, \`key\` and \`cause\` where there are any.

| code | meaning |
|---|---|
${rows.join('\n')}
`
writeFileSync(join(root, 'docs', 'errors.md'), page)
