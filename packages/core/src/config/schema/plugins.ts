/** `plugins`: choices between sink packages (REG-8). */
import { section, textMap } from './property.ts'

export const pluginsSchema = section('Sink packages.', {
  prefer: textMap('Sink type → package to take when two packages offer that type.'),
})
