import type { en } from './en'
import type { enPanels } from './en-panels'

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof enPanels }
  }
}
