/** The part that the tests use of a package that comes without types. */
declare module 'jsonld' {
  export type Options = {
    safe: boolean
    documentLoader: (url: string) => Promise<{ contextUrl: null; documentUrl: string; document: object }>
  }
  export function flatten(document: object, context: object, options: Options): Promise<object>
}
