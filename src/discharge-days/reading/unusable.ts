/**
 * The whole file cannot be used. The message is Swedish and for whoever sent it; it names line and column, never what
 * stands there.
 */
export class UnusableFile extends Error {
  override name = 'UnusableFile'
}

/** Nobody has said yet which column is which. `headers` are the first row's texts. */
export class UnknownLayout extends UnusableFile {
  override name = 'UnknownLayout'
  readonly headers: readonly string[]

  constructor(headers: readonly string[]) {
    super('Det framgår inte av rubrikerna vilken kolumn som är vilken.')
    this.headers = headers
  }
}

/** Something in the file looks like a personal identity number. */
export class PersonalNumberFound extends UnusableFile {
  override name = 'PersonalNumberFound'
}
