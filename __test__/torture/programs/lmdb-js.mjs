// Makes a directory as lmdb-js does.
//   node lmdb-js.mjs MODULE STATE_DIR
const { open } = await import(process.argv[2] ?? '')
const root = open({ path: process.argv[3] })
const rows = root.openDB({ name: 'rows' })
for (let i = 0; i < 100; i++) await rows.put(`key ${i}`, { i })
await root.close()
