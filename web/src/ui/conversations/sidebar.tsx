import { Suspense, useDeferredValue, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ClearIcon, NewGroupIcon, SearchIcon } from '../shell/icons'
import { Logo } from '../shell/logo'
import { newGroupHref } from '../shell/route'
import { lazyPart } from '../shell/lazy-part'
import { PartMissing } from '../shell/part-missing'
import { UserMenu } from '../shell/user-menu'
import { ConversationList } from './conversation-list'
import { moveFocus } from './move-focus'
import styles from './sidebar.module.css'

const loadResults = () => import('./search-results').then((module) => module.SearchResults)
const SearchResults = lazyPart(loadResults, PartMissing)

/** Who one talks with: the list, and a search over it and over all people. */
export function Sidebar({ selected, retry }: { selected: string | undefined; retry: () => void }) {
  const { t } = useTranslation()
  const [query, setQuery] = useState('')
  const search = useRef<HTMLInputElement>(null)
  const wanted = useDeferredValue(query.trim())
  const close = () => setQuery('')

  // Here before it is wanted, also where there is no network by then.
  useEffect(() => void loadResults().catch(() => undefined), [])

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return
      search.current?.focus()
      if (search.current === null || document.activeElement !== search.current) return // it is hidden, or behind a dialog
      event.preventDefault()
      search.current.select()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])

  // Back from a chat, the focus is where one left the list.
  const before = useRef(selected)
  useEffect(() => {
    const left = before.current
    before.current = selected
    if (left === undefined || selected !== undefined || document.activeElement !== document.body) return
    document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(left)}"]`)?.focus()
  }, [selected])

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys move between the links in it
    <nav className={styles.sidebar} aria-label={t('list.label')} onKeyDown={moveFocus}>
      <header className={styles.header}>
        <Logo size={30} />
        <h1 className={styles.title}>{t('list.title')}</h1>
        <a className="icon-button" href={newGroupHref} aria-label={t('group.new')} title={t('group.new')}>
          <NewGroupIcon />
        </a>
        <UserMenu />
      </header>
      <div className={styles.search} role="search">
        <SearchIcon />
        <input
          ref={search}
          type="text"
          value={query}
          maxLength={100}
          placeholder={t('list.search')}
          aria-label={t('list.search')}
          aria-keyshortcuts="Control+K Meta+K"
          autoComplete="off"
          spellCheck={false}
          data-arrow
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close()
          }}
        />
        {query !== '' && (
          <button
            type="button"
            className="icon-button"
            aria-label={t('list.clearSearch')}
            onClick={() => {
              close()
              search.current?.focus()
            }}
          >
            <ClearIcon />
          </button>
        )}
      </div>
      <div className={styles.scroller}>
        {wanted === '' ? (
          <ConversationList selected={selected} retry={retry} findPeople={() => search.current?.focus()} />
        ) : (
          <Suspense>
            <SearchResults query={wanted} done={close} />
          </Suspense>
        )}
      </div>
    </nav>
  )
}
