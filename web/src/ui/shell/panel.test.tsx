// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { startI18n } from '../../i18n'
import { Panel } from './panel'

beforeAll(startI18n)
afterEach(() => {
  cleanup()
  location.hash = ''
})

const panel = (inside = <input aria-label="words" />) => (
  <Panel title="Search" back="#/c/1">
    {inside}
  </Panel>
)

test('Escape closes the panel from anywhere in it, and the focus is where it was before', () => {
  const page = render(<button type="button">Open</button>)
  screen.getByRole('button', { name: 'Open' }).focus()
  page.rerender(<><button type="button">Open</button>{panel()}</>)
  screen.getByLabelText('words').focus()
  fireEvent.keyDown(screen.getByLabelText('words'), { key: 'Escape' })
  expect(location.hash).toBe('#/c/1')
  page.rerender(<button type="button">Open</button>)
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Open' }))
})

test.each([
  ['what has its own use for it', () => render(panel(<input aria-label="words" onKeyDown={(event) => event.preventDefault()} />)), {}],
  ['an input method', () => render(panel()), { isComposing: true }],
  ['a dialog', () => render(panel(<dialog open><input aria-label="words" /></dialog>)), {}],
])('the Escape of %s leaves it open', (_, show, with_) => {
  show()
  fireEvent.keyDown(screen.getByLabelText('words'), { key: 'Escape', ...with_ })
  expect(location.hash).toBe('')
})
