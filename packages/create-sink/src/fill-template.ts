/** The template is working code for the type `my_type`; this gives it another name. Pure. */
import type { SinkNames } from './sink-names.ts'

/** Replaces the names of the template in the text of one file. */
export function fillTemplate(text: string, { packageName, type }: Pick<SinkNames, 'packageName' | 'type'>): string {
  const pascal = pascalCase(type)
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1)
  const replacements: Readonly<Record<string, string>> = { 'my-package': packageName, my_type: type, MyType: pascal, myType: camel }
  // One pass, so that a name containing a placeholder is not replaced again.
  return text.replaceAll(/my-package|my_type|MyType|myType/g, (found) => replacements[found] ?? found)
}

function pascalCase(type: string): string {
  return type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
