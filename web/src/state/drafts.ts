import type { Database } from './database'

/** What was being written in each conversation, kept over a closed tab. Failing storage costs only that. */
export class Drafts {
  #database: Promise<Database>

  constructor(database: Promise<Database>) {
    this.#database = database
  }

  async load(): Promise<Map<string, string>> {
    const drafts = await (await this.#database).getAll('drafts')
    return new Map(drafts.map(({ conversationId, text }) => [conversationId, text]))
  }

  async keep(conversationId: string, text: string): Promise<void> {
    const database = await this.#database
    if (text === '') await database.delete('drafts', conversationId)
    else await database.put('drafts', { conversationId, text })
  }
}
