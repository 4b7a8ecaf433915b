import i18next from 'i18next'
import { enPanels } from './en-panels'

// Imported by the parts that use these words, and so loaded with the first of them. Other languages come whole.
i18next.addResourceBundle('en', 'translation', enPanels, true)
