// Writes docs/errors.md from the table in src/error.ts.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './platform.mjs'

// From the source, which is no module of its own once it is built.
const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
const source = readFileSync(join(root, 'src', 'error.ts'), 'utf8')
const { outputText } = ts.transpileModule(source, { compilerOptions: options })
const { codes } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`)
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
