// Fails when what a first visit loads (index.html and every file it names) is over the budget, gzipped.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const budget = 180_000
const dist = new URL('../dist/', import.meta.url)
const html = readFileSync(new URL('index.html', dist), 'utf8')
const files = ['index.html', ...[...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1])]

let total = 0
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, dist))).length
  total += bytes
  console.log(`${String(bytes).padStart(8)}  ${file}`)
}
console.log(`${String(total).padStart(8)}  total, gzipped (budget ${budget})`)
if (total > budget) {
  console.error(`first load is ${total - budget} bytes over the budget`)
  process.exit(1)
}
