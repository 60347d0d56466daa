// What a user of the vendor's client does: node walk.mjs SDK_FOLDER SERVER_URL KEY. Prints each step that went well.
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'

const [sdkFolder, serverUrl, secret] = process.argv.slice(2)
const { ChatBotKit } = await import(pathToFileURL(`${sdkFolder}/dist/esm/index.js`).href)
const client = new ChatBotKit({ secret, baseUrl: serverUrl })
const RTL = 'שלום\n"quoted", \u2028 comma, 😀'

async function collected(call) {
  const found = []
  for await (const line of call.stream()) {
    assert.equal(line.type, 'item')
    found.push(line.data)
  }
  return found
}

async function refused(call, code) {
  await assert.rejects(async () => await call, (error) => error.code === code && error.message.length > 0)
}

async function walkedPages(list, query) {
  const found = []
  let cursor
  do {
    const page = await list({ ...query, ...(cursor ? { cursor } : {}) })
    found.push(...page.items)
    cursor = page.cursor
  } while (cursor)
  return found
}

async function uploaded(name, text) {
  const { id } = await client.file.create({ name })
  await client.file.upload(id, { data: text, type: 'text/csv', name })
  return { id }
}

async function synced(dataset, file, times) {
  const query = { datasetId: dataset, fileId: file, type: 'sync.file.completed' }
  while ((await client.event.log.list(query)).items.length < times) {
    const failed = await client.event.log.list({ ...query, type: 'sync.file.failed' })
    assert.deepEqual(failed.items, [])
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const steps = {
  async datasets() {
    const { id } = await client.dataset.create({ name: 'Shop', meta: { kind: 'walk' }, recordMaxTokens: 200 })
    const before = await client.dataset.fetch(id)
    assert.equal(before.name, 'Shop')
    assert.equal(before.store, 'default')
    assert.equal(typeof before.createdAt, 'number')
    await client.dataset.update(id, { description: 'All about it' })
    const after = await client.dataset.fetch(id)
    assert.equal(after.description, 'All about it')
    assert.deepEqual(after.meta, { kind: 'walk' })
    assert.ok(after.updatedAt > before.updatedAt)
    const listed = await client.dataset.list({ meta: { kind: 'walk' }, take: 1 })
    assert.deepEqual(listed.items.map((item) => item.id), [id])
    assert.deepEqual((await collected(client.dataset.list({ meta: { kind: 'other' } }))), [])
    await client.dataset.delete(id)
    await refused(client.dataset.fetch(id), 'NOT_FOUND')
  },

  async records() {
    const { id: dataset } = await client.dataset.create({})
    const { id } = await client.dataset.record.create(dataset, { text: RTL, source: 'web', meta: { a: { b: 1 } } })
    const record = await client.dataset.record.fetch(dataset, id)
    assert.equal(record.text, RTL)
    assert.deepEqual(record.meta, { a: { b: 1 } })
    await client.dataset.record.update(dataset, id, { text: 'Returns are free' })
    const after = await client.dataset.record.fetch(dataset, id)
    assert.deepEqual([after.text, after.source], ['Returns are free', 'web'])
    assert.ok(after.updatedAt > record.updatedAt)
    await refused(client.dataset.record.create(dataset, { text: ' ' }), 'BAD_REQUEST')
    await client.dataset.record.delete(dataset, id)
    await refused(client.dataset.record.delete(dataset, id), 'NOT_FOUND')
  },

  async lists() {
    const { id: dataset } = await client.dataset.create({})
    const ids = []
    for (let number = 0; number < 12; number++) {
      const meta = { parity: number % 2 ? 'odd' : 'even', big: number > 5, deep: { number } }
      ids.push((await client.dataset.record.create(dataset, { text: `${RTL} ${number}`, meta })).id)
    }
    const record = client.dataset.record
    for (const order of ['asc', 'desc']) {
      const expected = order === 'asc' ? ids : [...ids].reverse()
      const pages = await walkedPages((query) => record.list(dataset, query), { order, take: 5 })
      assert.deepEqual(pages.map((item) => item.id), expected)
      assert.deepEqual((await collected(record.list(dataset, { order }))).map((item) => item.id), expected)
      assert.deepEqual(await collected(record.export(dataset, { order })), pages)
      assert.deepEqual(await collected(record.export(dataset, { order, take: 7 })), pages.slice(0, 7))
    }
    const odd = await record.export(dataset, { order: 'asc', meta: { parity: 'odd', big: true } })
    assert.deepEqual(odd.items.map((item) => item.id), [ids[7], ids[9], ids[11]])
    const deep = await record.list(dataset, { meta: { 'deep.number': 3 } })
    assert.deepEqual(deep.items.map((item) => item.id), [ids[3]])
    assert.equal(odd.cursor, '')
    const response = await record.export(dataset).getRequest({ headers: { Accept: 'text/csv' } })
    const csv = await response.text()
    assert.ok(csv.startsWith('id,text,source,meta,createdAt,updatedAt\n'))
    assert.equal(csv.split('"שלום\n""quoted"", \u2028 comma, 😀').length, 13)
  },

  async search() {
    const { id: dataset } = await client.dataset.create({})
    const { id } = await client.dataset.record.create(dataset, { text: 'Parcels come on Mondays', meta: { a: 1 } })
    await client.dataset.record.create(dataset, { text: 'Cats sleep all day' })
    const { records } = await client.dataset.search(dataset, 'parcels')
    assert.equal(records[0].id, id)
    assert.deepEqual(records[0].meta, { a: 1 })
    assert.equal(typeof records[0].score, 'number')
    await client.dataset.record.delete(dataset, id)
    const after = await client.dataset.search(dataset, 'parcels')
    assert.ok(after.records.every((record) => record.id !== id))
  },

  async uploads() {
    const { id } = await client.file.create({ name: 'faq.csv', meta: { kind: 'walk' } })
    const path = `/api/v1/file/${id}/upload`
    const content = async () => Buffer.from((await client.file.download(id)).data).toString()
    const before = await client.file.fetch(id)
    assert.deepEqual([before.name, before.visibility, before.meta], ['faq.csv', 'private', { kind: 'walk' }])
    const large = 'q,a\n'.repeat(2_000_000)
    for (const data of [RTL, new TextEncoder().encode(large).buffer, '']) {
      assert.deepEqual(await client.file.upload(id, { data, type: 'text/csv', name: 'a & b.csv' }), { id })
      assert.equal(await content(), typeof data === 'string' ? data : large)
    }
    assert.equal((await client.file.download(id)).headers.get('content-type'), 'text/csv')
    const file = { name: 'שלום "a".md', type: 'text/markdown', data: 'In a form' }
    assert.deepEqual(await client.clientFetch(path, { file }), { id })
    assert.equal(await content(), 'In a form')
    const headers = { 'content-type': 'text/plain' }
    assert.deepEqual(await client.clientFetch(path, { buffer: Buffer.from('As the body'), headers }), { id })
    assert.equal(await content(), 'As the body')
    assert.deepEqual(await client.clientFetch(path, { record: { file: 'data:text/plain;base64,SGk=' } }), { id })
    assert.equal(await content(), 'Hi')
    await refused(client.clientFetch(path, { record: { file: `${serverUrl}/healthz` } }), 'BAD_REQUEST')
    await refused(client.clientFetch(path, { buffer: Buffer.alloc(4718593) }), 'CONTENT_TOO_LARGE')
    assert.equal(await content(), 'Hi')
    await client.file.update(id, { alias: 'walked', visibility: 'public' })
    const after = await client.file.fetch('@walked')
    assert.ok(after.updatedAt > before.updatedAt)
    assert.equal(await (await fetch(`${serverUrl}/api/v1/file/${id}/download`)).text(), 'Hi')
    const listed = await client.file.list({ meta: { kind: 'walk' } })
    assert.deepEqual(listed.items, [after])
    await client.file.delete(id)
    await refused(client.file.fetch(id), 'NOT_FOUND')
  },

  async syncs() {
    const { id: dataset } = await client.dataset.create({})
    const { id: file } = await uploaded('faq.csv', 'q,a\nWhen?,On Mondays\nWhere?,At the door\n')
    const files = client.dataset.file
    await refused(files.sync(dataset, file, {}), 'NOT_FOUND')
    for (const body of [{ type: 'source' }, {}]) assert.equal((await files.attach(dataset, file, body)).id, file)
    assert.deepEqual((await collected(files.list(dataset))).map((item) => item.id), [file])
    for (let number = 1; number <= 2; number++) {
      assert.equal((await files.sync(dataset, file, {})).id, file)
      await synced(dataset, file, number)
    }
    const { items } = await client.dataset.record.list(dataset, { order: 'asc' })
    assert.deepEqual(items.map((item) => item.text), ['q: When?\na: On Mondays', 'q: Where?\na: At the door'])
    assert.equal(items[0].source, `file:///${file}`)
    const { records } = await client.dataset.search(dataset, 'mondays')
    assert.equal(records[0].id, items[0].id)
    assert.equal((await client.file.sync(file)).id, file)
    await synced(dataset, file, 3)
    await client.dataset.record.create(dataset, { text: 'By hand' })
    assert.equal((await files.detach(dataset, file, { deleteRecords: true })).id, file)
    const left = await client.dataset.record.list(dataset)
    assert.deepEqual(left.items.map((item) => item.text), ['By hand'])
    assert.deepEqual((await files.list(dataset)).items, [])
    await refused(files.detach(dataset, file, {}), 'NOT_FOUND')
  },

  async events() {
    const { id: dataset } = await client.dataset.create({})
    await client.dataset.record.create(dataset, { text: 'Hello' })
    const query = { datasetId: dataset, order: 'asc' }
    const { items } = await client.event.log.list(query)
    assert.deepEqual(items.map((item) => item.type), ['dataset.create', 'record.create'])
    assert.deepEqual(await collected(client.event.log.export(query)), items)
    const seen = []
    for await (const line of client.event.log.subscribe({ historyLength: 1 }).stream()) {
      seen.push(line.data.type)
      if (seen.length === 1) await client.dataset.update(dataset, { name: 'Renamed' })
      if (seen.length === 2) break
    }
    assert.deepEqual(seen, ['record.create', 'dataset.update'])
  },

  async refusals() {
    const nobody = new ChatBotKit({ secret: 'wrong', baseUrl: serverUrl })
    await refused(nobody.dataset.list(), 'NOT_AUTHENTICATED')
    await refused(client.dataset.fetch('dts_unknown'), 'NOT_FOUND')
    await refused(client.dataset.list({ cursor: 'not ours' }), 'BAD_REQUEST')
    await refused(client.clientFetch('/api/v1/bot/list'), 'NOT_FOUND')
  },
}

for (const [name, step] of Object.entries(steps)) {
  await step()
  console.log(name)
}
process.exit(0) // A subscription that was left may keep the connection, and with it the process, for a while.
