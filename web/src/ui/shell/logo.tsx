/** The mark: a speech bubble that holds a U. Decorative; the name stands beside it. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        fill="var(--accent)"
        d="M11 2h10a9 9 0 0 1 9 9v7a9 9 0 0 1-9 9h-6.2l-5.6 3.7A1.4 1.4 0 0 1 7 29.5v-3.4A9 9 0 0 1 2 18v-7a9 9 0 0 1 9-9Z"
      />
      <path
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="3.2"
        strokeLinecap="round"
        d="M10.8 9.5v4.3a5.2 5.2 0 0 0 10.4 0V9.5"
      />
    </svg>
  )
}
