const browsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]
const systems: [RegExp, string][] = [[/Android/, 'Android'], [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']]

/** What a person calls a browser that the server only knows by its User-Agent; any other name as it is. */
export function deviceName(name: string): string {
  const of = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(name))?.[1]
  const found = [of(browsers), of(systems)].filter((part) => part !== undefined)
  return name.startsWith('Mozilla/') && found.length > 0 ? found.join(' · ') : name
}
