import { lazy, type ComponentType } from 'react'

/** A part of the page that is loaded when it is first shown; `otherwise` is shown when it cannot be had, as after an upgrade. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>, otherwise: ComponentType<P>) {
  return lazy(() =>
    load().then(
      (part) => ({ default: part }),
      () => ({ default: otherwise }),
    ),
  )
}
