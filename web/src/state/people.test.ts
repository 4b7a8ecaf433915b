import { beforeEach, expect, test } from 'vitest'
import { settle } from '../../test/kit/clock'
import type { User } from '../protocol/contract'
import { People } from './people'

const user = (id: string, name = id): User => ({ id, username: id, display_name: name, created_at: '2026-01-01T00:00:00.000Z' })

let now: number
let asked: string[]
let answers: Map<string, () => Promise<User | undefined>>
let known: ReadonlyMap<string, User>
let people: People

beforeEach(() => {
  now = 0
  asked = []
  answers = new Map()
  known = new Map()
  people = new People({
    now: () => now,
    fetch: (id) => {
      asked.push(id)
      return answers.get(id)?.() ?? Promise.resolve(user(id))
    },
    changed: (all) => (known = all),
  })
})

test('who is on the screen and not known is asked for, once', async () => {
  people.learn([user('ann', 'Ann')])
  people.want(['ann', 'bo'])
  people.want(['bo'])
  await settle()
  expect(asked).toEqual(['bo'])
  expect([...known.keys()]).toEqual(['ann', 'bo'])
})

test('only a few are asked for at once', async () => {
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const ids = Array.from({ length: 20 }, (_, i) => `p${i}`)
  for (const id of ids) answers.set(id, () => held.then(() => user(id)))
  people.want(ids)
  expect(asked).toHaveLength(4)
  release?.()
  for (let i = 0; i < 10; i++) await settle()
  expect(asked).toEqual(ids)
})

test('no answer is no knowledge: the next look asks again; nobody of that name is not asked for again', async () => {
  answers.set('bo', () => Promise.reject(new Error('offline')))
  answers.set('cy', () => Promise.resolve(undefined))
  people.want(['bo', 'cy'])
  await settle()
  people.want(['bo', 'cy'])
  await settle()
  expect(asked).toEqual(['bo', 'cy', 'bo'])
})

test('after a while a name is asked for anew, since people change theirs', async () => {
  people.learn([user('ann', 'Ann')])
  now += 11 * 60_000
  answers.set('ann', () => Promise.resolve(user('ann', 'Ann Marie')))
  people.want(['ann'])
  await settle()
  expect(known.get('ann')?.display_name).toBe('Ann Marie')
})

test('what is learnt again makes no change, so that nothing is drawn for it', () => {
  people.learn([user('ann')])
  const before = known
  people.learn([user('ann')])
  expect(known).toBe(before)
})

test('a group of any size does not fill the memory: who was not looked at for longest goes first', () => {
  people.learn([user('old')])
  people.learn(Array.from({ length: 1_999 }, (_, i) => user(`p${i}`)))
  people.want(['old'])
  people.learn(Array.from({ length: 500 }, (_, i) => user(`q${i}`)))
  expect(known.size).toBe(2_000)
  expect([known.has('old'), known.has('p0'), known.has('p499')]).toEqual([true, false, false])
})
