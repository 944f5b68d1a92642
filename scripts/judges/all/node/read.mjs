// What Node makes of train: node read.mjs hyparquet|apache-arrow OUTPUT COLUMNS IMAGES SCORES
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const [, , reader, output, columns, images, scores] = process.argv
const [cols, imgs, nums] = [columns, images, scores].map(s => s.split(','))
const list = (folder, test) => readdirSync(`${output}/${folder}`).filter(test).sort().map(n => `${output}/${folder}/${n}`)
const shards = () => list('parquet/data', n => n.startsWith('train-') && n.endsWith('.parquet'))

async function* hyparquet() {
  const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet')
  for (const path of shards()) yield* await parquetReadObjects({ file: await asyncBufferFromFile(path), utf8: false })
}

async function* arrow() {
  const { tableFromIPC } = await import('apache-arrow')
  for (const path of list('arrow/train', n => n.endsWith('.arrow'))) yield* tableFromIPC(readFileSync(path))
}

const hash = createHash('sha256')
const found = { rows: 0, zero: 0, high: 0 }
for await (const row of reader === 'hyparquet' ? hyparquet() : arrow()) {
  for (const c of cols) {
    if (imgs.includes(c)) {
      hash.update(row[c].path + '\0').update(row[c].bytes)
    } else if (nums.includes(c)) {
      const b = Buffer.alloc(8)
      b.writeDoubleBE(row[c])
      hash.update(b)
    } else {
      hash.update(row[c] + '\0')
    }
  }
  found.rows++
  found.zero += row.E1 === 0
  found.high += row.R2 > 0.5
}
if (reader === 'hyparquet') { // filters that are pushed down
  const { asyncBufferFromFile, parquetQuery } = await import('hyparquet')
  found.zero = found.high = 0
  for (const path of shards()) {
    const file = await asyncBufferFromFile(path)
    found.zero += (await parquetQuery({ file, columns: ['E1'], filter: { E1: { $eq: 0 } } })).length
    found.high += (await parquetQuery({ file, columns: ['R2'], filter: { R2: { $gt: 0.5 } } })).length
  }
}
console.log(JSON.stringify({ ...found, sha256: hash.digest('hex') }))
