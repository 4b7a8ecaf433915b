// Runs before the first paint, so that a chosen theme does not flash.
try {
  const theme = localStorage.getItem('uim.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Nothing may be stored here: the system's theme it is.
}
