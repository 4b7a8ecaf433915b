// @vitest-environment happy-dom
import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { message } from '../../../test/kit/objects'
import { changeLanguage, startI18n } from '../../i18n'
import type { SystemEvent } from '../../protocol/contract'
import { systemText } from './system-text'

beforeAll(async () => {
  await startI18n()
  await changeLanguage('zh-CN')
})

const names: Record<string, string> = { ann: 'Ann', bo: 'Bo', cy: 'Cy' }
const told = (event: SystemEvent, language = 'en') =>
  systemText(message(1, { type: 'system', content: 'as the server says', event: { ...event } }), {
    t: i18next.getFixedT(language),
    language,
    me: 'me',
    nameOf: (id) => (id === 'me' ? 'Me' : (names[id] ?? '…')),
  })

test.each<[SystemEvent, string, string]>([
  [{ kind: 'group.created', actor_id: 'me', name: 'Harbour' }, 'You created “Harbour”', '你创建了“Harbour”'],
  [{ kind: 'member.added', actor_id: 'ann', user_ids: ['bo', 'me', 'cy'] }, 'Ann added Bo, you, and Cy', 'Ann添加了Bo、你和Cy'],
  [{ kind: 'member.added', actor_id: 'ann', user_ids: ['me'] }, 'Ann added you', 'Ann添加了你'],
  [{ kind: 'member.removed', actor_id: 'me', user_ids: ['bo'] }, 'You removed Bo', '你移出了Bo'],
  [{ kind: 'member.joined', actor_id: 'cy' }, 'Cy joined by an invitation', 'Cy通过邀请加入了群组'],
  [{ kind: 'member.left', actor_id: 'bo' }, 'Bo left', 'Bo退出了群组'],
  [{ kind: 'member.role', actor_id: 'ann', user_ids: ['me'], role: 'admin' }, 'Ann made you an admin', 'Ann将你设为管理员'],
  [{ kind: 'member.role', actor_id: 'ann', user_ids: ['bo'], role: 'member' }, 'Ann made Bo a member again', 'Ann取消了Bo的管理员身份'],
  [{ kind: 'owner.changed', actor_id: 'ann', user_ids: ['bo'] }, 'Ann made Bo the owner', 'Ann将群主转让给了Bo'],
  [{ kind: 'conversation.renamed', actor_id: 'bo', name: 'Pier' }, 'Bo named the group “Pier”', 'Bo将群组改名为“Pier”'],
  [{ kind: 'conversation.history', actor_id: 'bo', visible: true }, 'Bo lets new members see earlier messages', 'Bo允许新成员查看以前的消息'],
  [{ kind: 'conversation.history', actor_id: 'me' }, 'You hid earlier messages from new members', '你不再让新成员查看以前的消息'],
])('%j', (event, english, chinese) => {
  expect([told(event), told(event, 'zh-CN')]).toEqual([english, chinese])
})

test('what a newer server tells is shown in its own words', () => {
  expect(told({ kind: 'conversation.painted' } as unknown as SystemEvent)).toBe('as the server says')
})
